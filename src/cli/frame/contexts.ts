import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure, EXIT } from '../rules/exit-codes.ts';
import type { Io } from './io.ts';

export const SIGNINGS = ['auto', 'none', 'key', 'aws'] as const;
/** How calls are signed; see `signingOf`. */
export type Signing = (typeof SIGNINGS)[number];

/** A server or deployment that has a name. It holds no secret. */
export interface Context {
  readonly url: string;
  /** @default auto */
  readonly sign?: Signing;
  /** Profile of the AWS configuration files. */
  readonly profile?: string;
  readonly region?: string;
  /** Commands that reach many messages ask for the name of the queue. */
  readonly isProduction?: true;
}

export interface Contexts {
  readonly current?: string;
  readonly contexts: Readonly<Record<string, Context>>;
}

/** The file with the contexts: `REWINDMQ_CONFIG`, or one in the settings of the user. */
export const contextsFile = ({ environment, settingsDirectory }: Io): string =>
  environment['REWINDMQ_CONFIG'] || join(settingsDirectory, 'rewindmq', 'contexts.json');

/** @throws CommandFailure when the file cannot be read */
export function readContexts(io: Io): Contexts {
  const file = contextsFile(io);
  try {
    const { current, contexts } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Contexts>;
    return { ...(current === undefined ? {} : { current }), contexts: contexts ?? {} };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { contexts: {} };
    throw new CommandFailure(EXIT.failed, `${file} cannot be read: ${(error as Error).message}`);
  }
}

/** Replaces the file in one step. */
export function writeContexts(io: Io, contexts: Contexts): void {
  const file = contextsFile(io);
  const unfinished = `${file}.new`;
  try {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(unfinished, `${JSON.stringify(contexts, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(unfinished, file);
  } catch (error) {
    throw new CommandFailure(EXIT.failed, `${file} cannot be written: ${(error as Error).message}`);
  }
}
