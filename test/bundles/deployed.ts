import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Assembly, type DeployedFunction } from './assembly.ts';
import { Engine } from './engine.ts';
import { FunctionPool } from './function-pool.ts';
import { Gateway, type Guard } from './gateway.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { type EngineAnswer, type Fault, type FunctionCall, NO_FAULT, Recorder } from './recorder.ts';
import { StateMachine } from './state-machine.ts';
import { MARKED, StreamFollower } from './stream-follower.ts';

/** Processes of each function: as many as the suites call or wait in at once. */
const PROCESSES: Readonly<Record<string, number>> = {
  Send: 2,
  Receive: 5,
  Delete: 2,
  Admin: 3,
  All: 8,
  Sqs: 4,
  Rewinder: 2,
  Console: 3,
  Pages: 2,
  Dispatcher: 3,
};
/** Pause between two runs of the controller, which looks at every queue: most of the engine's time is for the tests. */
const CONTROLLER_PAUSE_MS = 2_000;
const CONTROLLER_PAUSE_TIMES = 4;

/** How the surroundings of a deployment differ from those of most suites. */
export interface Surroundings {
  /** Variables of all functions beside those of the template. */
  readonly environment: Readonly<Record<string, string>>;
  /** The address of a module that is loaded before each bundle. @default none */
  readonly preload?: string;
  /**
   * Processes of functions. A call that finds none free is refused, as where an account has no more of them.
   * @default as many as the suites need, and calls wait for them
   */
  readonly processes?: Readonly<Record<string, number>>;
  /** @default every call is let through */
  readonly guard?: Guard;
  /** @default 0 */
  readonly batchingMs?: number;
}

/** A function of users: what it returns, or throws. */
export type UsersFunction = (event: unknown) => unknown;

const ACCEPTED: EngineAnswer = { status: 202, headers: {}, body: Buffer.from('') };

/** A deployment that runs on this machine, built only from the output of `cdk synth`. */
export class Deployed {
  readonly assembly: Assembly;
  readonly functions: readonly DeployedFunction[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'rewindmq-bundles-'));
  readonly #pools = new Map<string, FunctionPool>();
  readonly #recorders = new Map<string, Recorder>();
  /** Executes the template's state machine. */
  readonly rewinds: StateMachine;
  #gateway: Gateway | undefined;
  readonly #apart = new Map<string, Gateway>();
  #follower: StreamFollower | undefined;
  #wakingFollower: StreamFollower | undefined;
  /** Answers calls of functions that are not of this deployment, by their ARN. */
  readonly usersFunctions = new Map<string, UsersFunction>();
  readonly #surroundings: Surroundings | undefined;
  readonly #closing = new AbortController();
  #minutes: Promise<void> = Promise.resolve();

  private constructor(assembly: Assembly, engine: Engine, surroundings: Surroundings | undefined) {
    this.assembly = assembly;
    this.#surroundings = surroundings;
    this.functions = assembly.functions(this.#folder);
    this.rewinds = new StateMachine(assembly.stateMachine(), {
      invoke: (event) => this.invoke('Rewinder', event),
      readObject: (key) => engine.readObject(this.functions[0]?.environment['ARCHIVE_BUCKET'] ?? '', key),
    });
  }

  static async open(cloudAssembly: string, engineAddress: string, surroundings?: Surroundings): Promise<Deployed> {
    const deployed = new Deployed(new Assembly(cloudAssembly), new Engine(engineAddress), surroundings);
    try {
      await deployed.#open(engineAddress);
      return deployed;
    } catch (error) {
      await deployed.close();
      throw error;
    }
  }

  get url(): string {
    return this.#gateway?.url ?? '';
  }

  /** The address of a function with its own URL; behind routes all functions share one. */
  urlOf(name: 'Keys' | 'Sqs'): string {
    return this.#apart.get(name)?.url ?? this.url;
  }

  get frontDoor(): string {
    return this.assembly.frontDoor().kind;
  }

  get functionNames(): readonly string[] {
    return [...this.#pools.keys()];
  }

  get streamFailures(): number {
    return this.#follower?.failures ?? 0;
  }

  /** A function's requests to the engines. */
  askedBy(name: string): ReadonlySet<string> {
    return this.#recorders.get(name)?.asked ?? new Set();
  }

  /** Calls a function with an event, past the gateway. */
  async invoke(name: string, event: unknown): Promise<unknown> {
    return await this.#pool(name).invoke(event);
  }

  isBusy(name: string): boolean {
    return this.#pool(name).isBusy;
  }

  #pool(name: string): FunctionPool {
    const pool = this.#pools.get(name);
    if (pool === undefined) throw new Error(`there is no function ${name}`);
    return pool;
  }

  /** What the engines did for these functions so far. */
  loadOf(names: readonly string[]): {
    readonly calls: number;
    readonly writeUnits: number;
    readonly objectPuts: number;
  } {
    const loads = names.flatMap((name) => this.#recorders.get(name)?.load ?? []);
    const sum = (of: (load: Recorder['load']) => number) => loads.reduce((all, load) => all + of(load), 0);
    return {
      calls: sum(({ calls }) => calls),
      writeUnits: sum(({ writeUnits }) => writeUnits),
      objectPuts: sum(({ objectPuts }) => objectPuts),
    };
  }

  /** Runs of the archiver so far. */
  get archiverRuns(): number {
    return this.#follower?.runs ?? 0;
  }

  /** Injects a failure between the engines and these functions, until it is removed. */
  break(names: readonly string[], fault: Fault): () => void {
    const recorders = names.flatMap((name) => this.#recorders.get(name) ?? []);
    for (const recorder of recorders) recorder.fault = fault;
    return () => {
      for (const recorder of recorders) recorder.fault = NO_FAULT;
    };
  }

  /** A process of a function whose clock is this far ahead. */
  async openLater(name: string, ms: number): Promise<FunctionPool> {
    const one = this.functions.find((known) => known.name === name);
    const recorder = this.#recorders.get(name);
    if (one === undefined || recorder === undefined) throw new Error(`there is no function ${name}`);
    const shift = `--import=data:text/javascript,{const%20now=Date.now;Date.now=()=>now()+${ms}}`;
    const environment = { ...one.environment, NODE_OPTIONS: `${one.environment['NODE_OPTIONS'] ?? ''} ${shift}` };
    // The emulator's deadline uses the real time.
    const timeoutSeconds = one.timeoutSeconds + Math.ceil(ms / 1_000);
    return await FunctionPool.open({ ...one, environment, timeoutSeconds }, recorder.url, 1);
  }

  processIdsOf(name: string): readonly number[] {
    return this.#pools.get(name)?.processIds ?? [];
  }

  /** Calls of the engines by function, and the longest one: a store gives a call three seconds. */
  get engineLoad(): string {
    const loads = [...this.#recorders].map(
      ([name, { load }]) => `${name} ${load.calls} (${Math.ceil(load.slowestMs)} ms)`,
    );
    return `calls of the engines, and the slowest: ${loads.join(', ')}`;
  }

  /** The output of all functions. */
  get output(): string {
    return [...this.#pools.values()].flatMap((pool) => pool.output).join('');
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#follower?.close();
    await this.#wakingFollower?.close();
    await this.#minutes;
    this.#gateway?.close();
    for (const gateway of this.#apart.values()) gateway.close();
    for (const pool of this.#pools.values()) pool.close();
    for (const recorder of this.#recorders.values()) recorder.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #open(engineAddress: string): Promise<void> {
    const engine = new Engine(engineAddress);
    const { functions } = this;
    const tables = this.assembly.tables();
    await engine.reset();
    for (const properties of tables) await engine.createTable(properties);
    await engine.createBucket(functions[0]?.environment['ARCHIVE_BUCKET'] ?? '');
    const writes = new OneAtATime();
    for (const alias of this.assembly.keys()) await engine.createKey(alias);
    await Promise.all(
      functions.map(async (one) => {
        const recorder = await Recorder.open(new URL(engineAddress), writes);
        recorder.onStart = (input) => void this.rewinds.start(input);
        recorder.onCall = (call) => this.#call(call);
        recorder.onWrite = (written) => {
          for (const table of written) {
            this.#follower?.wake(table);
            this.#wakingFollower?.wake(table);
          }
        };
        this.#recorders.set(one.name, recorder);
        const { environment = {}, preload, processes = PROCESSES } = this.#surroundings ?? {};
        const { NODE_OPTIONS: given = '' } = one.environment;
        const options = preload === undefined ? given : `${given} --import=${preload}`;
        const surrounded = { ...one, environment: { ...one.environment, NODE_OPTIONS: options, ...environment } };
        this.#pools.set(one.name, await FunctionPool.open(surrounded, recorder.url, processes[one.name] ?? 1));
      }),
    );
    this.#gateway = await Gateway.open(
      this.assembly.frontDoor(),
      (name, event) =>
        this.#surroundings?.processes === undefined ? this.invoke(name, event) : this.#pool(name).tryInvoke(event),
      this.#surroundings?.guard,
    );
    for (const functionName of this.assembly.functionsApart()) {
      const door = { kind: 'function-url', functionName } as const;
      this.#apart.set(functionName, await Gateway.open(door, (name, event) => this.invoke(name, event)));
    }
    const batchingMs = this.#surroundings?.batchingMs ?? 0;
    this.#follower = new StreamFollower(engine, (event) => this.invoke('Archiver', event), batchingMs);
    if (this.functionNames.includes('Waker')) {
      this.#wakingFollower = new StreamFollower(engine, (event) => this.invoke('Waker', event), batchingMs, MARKED);
    }
    for (const { TableName, StreamSpecification } of tables) {
      if (StreamSpecification === undefined) continue;
      this.#follower.follow(String(TableName));
      this.#wakingFollower?.follow(String(TableName));
    }
    this.#minutes = this.#everyMinute();
  }

  /** A call as Lambda answers it. One that nobody waits for is only handed over. */
  async #call({ name, event, isWaitedFor }: FunctionCall): Promise<EngineAnswer> {
    const own = this.functionNames.find((one) => name.endsWith(`-${one.toLowerCase()}`));
    // It runs each minute anyway, and a run between would keep the suites waiting.
    if (own === 'Controller') return ACCEPTED;
    const usersFunction = this.usersFunctions.get(name);
    if (own === undefined && usersFunction === undefined) {
      const headers = { 'x-amzn-errortype': 'ResourceNotFoundException' };
      return { status: 404, headers, body: Buffer.from('{}') };
    }
    const answer = own === undefined ? Promise.resolve(event).then(usersFunction) : this.invoke(own, event);
    if (!isWaitedFor) {
      // As Lambda does, without a word to the caller.
      answer.catch(() => {});
      return ACCEPTED;
    }
    const result = (await answer) as { errorType?: string } | undefined;
    const headers: Record<string, string> =
      result?.errorType === undefined ? {} : { 'x-amz-function-error': 'Unhandled' };
    return { status: 200, headers, body: Buffer.from(JSON.stringify(result ?? null)) };
  }

  async #everyMinute(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const startMs = performance.now();
      await this.invoke('Controller', {});
      const pauseMs = Math.max(CONTROLLER_PAUSE_MS, CONTROLLER_PAUSE_TIMES * (performance.now() - startMs));
      await sleep(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => {});
    }
  }
}
