import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EVENT_BYTES_MAX, TARGET_ANSWER_BYTES_MAX } from '../../model/limits.ts';
import type { PushAnswer } from '../../ports/push-target.ts';
import { readLines } from './lines.ts';

/** Runs beside this file in the sources, and beside the server's bundle. */
const SCRIPT = join(import.meta.dirname, 'handler-process.mjs');

/** The server's own environment has secrets. A handler's variables come from a file `.env` beside it. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot'];

/** A call as the process gets it. */
interface HandlerCall {
  readonly handler: string;
  /** In JSON. */
  readonly event: string;
  readonly timeoutMs: number;
}

type FromProcess =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'answered' | 'notLoaded' | 'handlerFailed'; readonly id: number; readonly text: string }
  | { readonly kind: 'answerCut'; readonly id: number };

/** A process that runs the handlers of one file. Calls in it run at the same time. */
export class HandlerProcess {
  /** Takes calls: it was not stopped, and has not ended. */
  isOpen = true;
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, (answer: PushAnswer) => void>();
  readonly #ended: Promise<unknown>;
  #lastId = 0;
  #isLoaded = false;

  /** @param onLine - gets each line that the handlers print */
  constructor(file: string, onLine: (line: string) => void) {
    this.#child = start(file);
    for (const stream of [this.#child.stdout, this.#child.stderr]) if (stream !== null) readLines(stream, onLine);
    this.#child.on('message', (message: FromProcess) => this.#note(message));
    // Answers that were sent before the end still arrive after it; the channel closes behind them.
    const exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    const disconnected = new Promise<void>((resolve) => this.#child.once('disconnect', resolve));
    const failed = new Promise<void>((resolve) => this.#child.on('error', () => resolve()));
    this.#ended = Promise.race([failed, Promise.all([exited, disconnected])]);
    void this.#ended.finally(() => this.#endAll());
  }

  get isIdle(): boolean {
    return this.#calls.size === 0;
  }

  /** A call that takes longer ends the process with all that it started, as on Lambda. */
  async call(call: HandlerCall): Promise<PushAnswer> {
    const id = ++this.#lastId;
    return await new Promise<PushAnswer>((resolve) => {
      const timer = setTimeout(() => {
        this.#settle(id, { end: { kind: 'timedOut' } });
        // The others did nothing wrong: their messages come again, and this receive does not count.
        for (const other of this.#calls.keys()) this.#settle(other, { end: { kind: 'handlerStopped' } });
        this.kill();
      }, call.timeoutMs);
      this.#calls.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      // What cannot be sent is answered by the end of the process.
      this.#child.send({ id, ...call }, () => {});
    });
  }

  /** Takes no more calls, and ends after those that run. */
  stop(): void {
    this.isOpen = false;
    if (this.isIdle) this.kill();
  }

  kill(): void {
    this.isOpen = false;
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It leads no group on Windows.
      this.#child.kill('SIGKILL');
    }
  }

  /** Resolves when it has ended. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  #note(message: FromProcess): void {
    if (message.kind === 'loaded') {
      this.#isLoaded = true;
      return;
    }
    // A failed load is remembered by Node, so the next call needs another process.
    if (message.kind === 'notLoaded') this.isOpen = false;
    if (message.kind === 'answerCut') this.#settle(message.id, { end: { kind: 'answerCut' } });
    else if (message.kind === 'answered') {
      this.#settle(message.id, { end: { kind: 'status', status: 200 }, text: message.text });
    } else this.#settle(message.id, { end: { kind: message.kind }, text: message.text });
    if (!this.isOpen && this.isIdle) this.kill();
  }

  #endAll(): void {
    this.isOpen = false;
    const kind = this.#isLoaded ? 'handlerExited' : 'notLoaded';
    for (const id of this.#calls.keys()) this.#settle(id, { end: { kind } });
  }

  #settle(id: number, answer: PushAnswer): void {
    const settle = this.#calls.get(id);
    this.#calls.delete(id);
    settle?.(answer);
  }
}

function start(file: string): ChildProcess {
  const folder = dirname(file);
  const variables = join(folder, '.env');
  const options = existsSync(variables) ? [`--env-file=${variables}`] : [];
  const sizes = [EVENT_BYTES_MAX, TARGET_ANSWER_BYTES_MAX].map(String);
  return spawn(process.execPath, [...options, SCRIPT, file, ...sizes], {
    cwd: folder,
    env: environmentFor(folder),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    // A group of its own: it does not get the Ctrl-C that asks the server to finish its calls.
    detached: true,
  });
}

function environmentFor(folder: string): NodeJS.ProcessEnv {
  const passed = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...(Object.fromEntries(passed) as NodeJS.ProcessEnv),
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'local',
    LAMBDA_TASK_ROOT: folder,
  };
}
