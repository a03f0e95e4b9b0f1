import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { contextOf, refusalOf, settingsFor } from '../lib/deploy/arguments.ts';
import { lookAtAccount } from '../lib/deploy/facts.ts';
import { nameOf } from '../lib/names.ts';
import type { Settings } from '../lib/settings.ts';

interface Options {
  readonly context: readonly string[];
  readonly withMessages?: true;
  readonly confirm?: string;
}

const { context, withMessages, confirm } = new Command('npm run destroy --')
  .description('Remove a deployment. Tables, bucket and keys stay unless --with-messages is given.')
  .option('-c, --context <name=value...>', 'the settings it was deployed with', [])
  .option('--with-messages', 'remove tables and keys too, and every message in them')
  .option('--confirm <stage>', 'the name of the stage, in place of the question')
  .parse()
  .opts<Options>();

// The SDK's advice on versions of Node is for its developers, not for a deployment.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const given = contextOf(context);
    const settings = settingsFor(given);
    const { account, region, storage } = await lookAtAccount(settings);
    process.stdout.write(`Removes stage "${settings.stage}" from account ${account}, Region ${region}.\n`);
    process.stdout.write(
      withMessages === true
        ? 'Tables and keys go, with every message. A bucket that holds objects stops it: empty the bucket first.\n'
        : `${nameOf(settings, 'storage')} stays, with tables, bucket and keys: deploying again goes on with them.\n`,
    );
    if (!(await isConfirmed(settings))) {
      process.stderr.write(`Nothing was removed: repeat it with --confirm ${settings.stage}.\n`);
      return 1;
    }
    const pairs = (settingsGiven: Readonly<Record<string, string>>) =>
      Object.entries(settingsGiven).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const around = ['watch', 'service', 'background'].map((part) => nameOf(settings, part));
    const status = cdk('destroy', '--force', ...around, ...pairs(given));
    if (status !== 0 || withMessages !== true || storage === 'absent') return status;
    const open = pairs({ ...given, removal: 'destroy', protection: 'off' });
    const name = nameOf(settings, 'storage');
    return cdk('deploy', '--require-approval', 'never', name, ...open) || cdk('destroy', '--force', name, ...open);
  } catch (error) {
    process.stderr.write(`${refusalOf(error)}\n`);
    return 1;
  }
}

async function isConfirmed({ stage }: Settings): Promise<boolean> {
  if (confirm !== undefined || !process.stdin.isTTY) return confirm === stage;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Name of the stage, to remove it: `);
  terminal.close();
  return answer.trim() === stage;
}

function cdk(...of: readonly string[]): number {
  return spawnSync('npx', ['cdk', ...of], { stdio: 'inherit' }).status ?? 1;
}
