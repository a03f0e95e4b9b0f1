import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import type { Settings } from '../settings.ts';
import { contextOf, refusalOf, settingsFor } from './arguments.ts';
import { type AccountFacts, lookAtAccount } from './facts.ts';

/** Settings as given, by name; the CDK gets the same. */
export type Given = Readonly<Record<string, string>>;

/** What a command about a deployment knows after its look. */
export interface Look {
  readonly given: Given;
  readonly settings: Settings;
  readonly facts: AccountFacts;
}

/**
 * Runs a command about a deployment: reads the settings, looks at the account, and acts.
 *
 * @param context - settings as `name=value`
 * @returns the exit status; any failure is reported in one line
 */
export async function runCommand(context: readonly string[], act: (look: Look) => Promise<number>): Promise<number> {
  // The SDK's advice on versions of Node is for its developers, not for a deployment.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  try {
    const given = contextOf(context);
    const settings = settingsFor(given);
    return await act({ given, settings, facts: await lookAtAccount(settings) });
  } catch (error) {
    process.stderr.write(`${refusalOf(error)}\n`);
    return 1;
  }
}

/** Runs the CDK with these settings; returns its status. */
export function cdk(settings: Readonly<Record<string, string | number>>, ...command: readonly string[]): number {
  const pairs = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawnSync('npx', ['cdk', ...command, ...pairs], { stdio: 'inherit' }).status ?? 1;
}

/** Asks at the terminal; `undefined` without one. */
export async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(question);
  terminal.close();
  return answer.trim();
}
