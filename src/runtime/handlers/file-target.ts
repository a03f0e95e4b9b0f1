import { realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import type { PushAnswer, PushCall, PushTarget } from '../../ports/push-target.ts';
import type { Owner } from '../../protocols/sqs/queue-names.ts';
import type { Log } from '../log.ts';
import { encodedCall } from '../targets/index.ts';
import { HandlerProcess } from './handler-process.ts';

interface FileTargetOptions {
  /** Handlers outside this directory are refused. */
  readonly directory: string;
  readonly owner: Owner;
  readonly log: Log;
  /** A process ends after so long without a call. @default 5 minutes */
  readonly idleMs?: number;
}

/** An idle process holds memory, and a new one starts within a second. */
const IDLE_MS = 5 * 60_000;

interface Running {
  readonly process: HandlerProcess;
  /** The file as it was when the process started. */
  readonly version: string;
  idleTimer?: NodeJS.Timeout;
}

/**
 * Calls functions that files export, as Lambda calls them. Each queue has a process for its file, which stays between
 * calls. A changed file is loaded again, in another process; changed imports of it are not noticed.
 *
 * @see docs/decisions/0065-targets-of-push.md
 */
export class FileTarget implements PushTarget {
  readonly #options: FileTargetOptions;
  readonly #running = new Map<string, Running>();
  /** Of changed files, while their last calls run, and those that end. */
  readonly #leaving = new Set<HandlerProcess>();

  constructor(options: FileTargetOptions) {
    this.#options = options;
  }

  async call(call: PushCall): Promise<PushAnswer> {
    const { to, queueName, timeoutMs } = call;
    if (to.kind !== 'file') return { end: { kind: 'addressRefused' } };
    const found = await this.#find(to.path);
    if (typeof found === 'string') return notLoaded(found);
    const running = this.#processFor(queueName, found);
    clearTimeout(running.idleTimer);
    const event = encodedCall(call, this.#options.owner);
    const answer = await running.process.call({ handler: to.handler, event, timeoutMs });
    if (running.process.isIdle) {
      clearTimeout(running.idleTimer);
      running.idleTimer = setTimeout(() => running.process.stop(), this.#options.idleMs ?? IDLE_MS).unref();
    }
    return answer;
  }

  /** Ends all processes at once, busy ones too. */
  async close(): Promise<void> {
    const processes = [...[...this.#running.values()].map((one) => one.process), ...this.#leaving];
    for (const process of processes) process.kill();
    await Promise.all(processes.map((process) => process.ended()));
  }

  /** The real path and the version of a file, or why there is none. */
  async #find(path: string): Promise<{ file: string; version: string } | string> {
    try {
      const root = await realpath(this.#options.directory);
      const file = await realpath(resolve(root, path));
      // A link inside may lead outside.
      if (!file.startsWith(root + sep)) return `${path} is outside the directory of handlers`;
      const { mtimeMs, size, ino } = await stat(file);
      return { file, version: `${mtimeMs} ${size} ${ino}` };
    } catch (error) {
      return `${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`;
    }
  }

  #processFor(queueName: string, { file, version }: { file: string; version: string }): Running {
    const name = `${queueName} ${file}`;
    const former = this.#running.get(name);
    if (former?.version === version && former.process.isOpen) return former;
    if (former !== undefined) this.#leave(former.process);
    const onLine = (line: string) => this.#options.log.info('handlerPrinted', { queue: queueName, line });
    const running = { process: new HandlerProcess(file, onLine), version };
    this.#running.set(name, running);
    void running.process.ended().finally(() => {
      if (this.#running.get(name) === running) this.#running.delete(name);
    });
    return running;
  }

  #leave(process: HandlerProcess): void {
    this.#leaving.add(process);
    process.stop();
    void process.ended().finally(() => this.#leaving.delete(process));
  }
}

/** In Lambda's form of an error. */
const notLoaded = (errorMessage: string): PushAnswer => ({
  end: { kind: 'notLoaded' },
  text: JSON.stringify({ errorType: 'Runtime.ImportModuleError', errorMessage }),
});
