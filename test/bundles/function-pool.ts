import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeployedFunction } from './assembly.ts';

/** The places of the emulator and the runtime client, from `.ci/with-lambda`. */
const EMULATOR = process.env['LAMBDA_EMULATOR'] ?? '';
const RUNTIME_CLIENT = process.env['LAMBDA_RUNTIME_CLIENT'] ?? '';
const READY_MS_MAX = 20_000;
const PATIENCE = `--import=${new URL('patience.mjs', import.meta.url).href}`;

/** All processes of a function serve calls, and it gets no others. */
export class NoProcessFree extends Error {}

/**
 * Processes of one function, each under its own emulator, which takes one call at a time like Lambda. They get the
 * template's environment, Lambda's own variables and the address of the engines; nothing of this process. Only their
 * patience with the engines is changed (`patience.mjs`).
 */
export class FunctionPool {
  readonly #idle: number[] = [];
  readonly #waiting: ((port: number) => void)[] = [];
  readonly #processes: ChildProcess[] = [];
  readonly output: string[] = [];

  static async open(deployed: DeployedFunction, engine: string, size: number): Promise<FunctionPool> {
    const pool = new FunctionPool();
    await Promise.all(Array.from({ length: size }, () => pool.#start(deployed, engine)));
    return pool;
  }

  async #start(deployed: DeployedFunction, engine: string): Promise<void> {
    const [port, runtimePort] = await Promise.all([freePort(), freePort()]);
    const emulated = spawn(
      EMULATOR,
      [
        '--log-level=error',
        `--runtime-interface-emulator-address=127.0.0.1:${port}`,
        `--runtime-api-address=127.0.0.1:${runtimePort}`,
        process.execPath,
        RUNTIME_CLIENT,
        deployed.handler,
      ],
      {
        cwd: deployed.folder,
        env: {
          ...deployed.environment,
          NODE_OPTIONS: `${deployed.environment['NODE_OPTIONS'] ?? ''} ${PATIENCE}`,
          PATH: process.env['PATH'],
          LAMBDA_TASK_ROOT: deployed.folder,
          AWS_LAMBDA_FUNCTION_NAME: deployed.name,
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(deployed.memoryMiB),
          AWS_LAMBDA_FUNCTION_TIMEOUT: String(deployed.timeoutSeconds),
          AWS_LAMBDA_LOG_FORMAT: 'JSON',
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_ENDPOINT_URL_DYNAMODB: engine,
          AWS_ENDPOINT_URL_S3: engine,
          AWS_ENDPOINT_URL_LAMBDA: engine,
          AWS_ENDPOINT_URL_KMS: engine,
          AWS_ENDPOINT_URL_SFN: engine,
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        },
      },
    );
    emulated.stdout.on('data', (text: Buffer) => this.output.push(text.toString()));
    emulated.stderr.on('data', (text: Buffer) => this.output.push(text.toString()));
    this.#processes.push(emulated);
    await listening(port);
    this.#release(port);
  }

  /** Calls the function, or is refused as by Lambda where its concurrency is used up. */
  async tryInvoke(event: unknown): Promise<unknown> {
    if (this.#idle.length === 0) throw new NoProcessFree();
    return await this.invoke(event);
  }

  /** Calls the function with an event as soon as a process is free. */
  async invoke(event: unknown): Promise<unknown> {
    const port = this.#idle.pop() ?? (await new Promise<number>((resolve) => this.#waiting.push(resolve)));
    try {
      const address = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`;
      const response = await fetch(address, { method: 'POST', body: JSON.stringify(event) });
      const text = await response.text();
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    } finally {
      this.#release(port);
    }
  }

  /** The processes of the bundle, each started by its emulator at its first call; on Linux alone. */
  get processIds(): readonly number[] {
    return this.#processes.flatMap(({ pid }) =>
      readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
        const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8');
        return children.split(' ').filter(Boolean).map(Number);
      }),
    );
  }

  /** Whether a process works on a call. */
  get isBusy(): boolean {
    return this.#idle.length < this.#processes.length;
  }

  close(): void {
    for (const process of this.#processes) process.kill();
  }

  #release(port: number): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(port);
    else next(port);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function listening(port: number): Promise<void> {
  for (const deadline = Date.now() + READY_MS_MAX; Date.now() < deadline; await sleep(50)) {
    // Any request but an invocation gets an error at once, and starts nothing.
    if (
      await fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      )
    )
      return;
  }
  throw new Error(`the emulator at ${port} does not start`);
}
