import type { PushDestination } from '../model/push/index.ts';
import type { PushAnswer, PushCall, PushTarget } from '../ports/push-target.ts';
import type { Owner } from '../protocols/sqs/queue-names.ts';
import type { Log } from './log.ts';
import { FileTarget } from './targets/index.ts';

/** What a server on this machine may push to. */
export interface TargetOptions {
  /** Queues may push to functions that files in this directory export. @default none */
  readonly handlers?: string | undefined;
}

/** The targets of a server on this machine. */
export class LocalTargets implements PushTarget {
  readonly #files: FileTarget | undefined;

  constructor({ handlers }: TargetOptions, owner: Owner, log: Log) {
    this.#files = handlers === undefined ? undefined : new FileTarget({ directory: handlers, owner, log });
  }

  /** Why nothing may be pushed there; `undefined`: it may. */
  refusal({ kind }: PushDestination): string | undefined {
    if (kind !== 'file') return `to.${kind} cannot be reached from this server: it calls functions in files only`;
    if (this.#files !== undefined) return undefined;
    return 'to.lambda names a file, and this server runs none: start it with --handlers <directory>';
  }

  async call(call: PushCall): Promise<PushAnswer> {
    return (await this.#files?.call(call)) ?? { end: { kind: 'addressRefused' } };
  }

  async close(): Promise<void> {
    await this.#files?.close();
  }
}
