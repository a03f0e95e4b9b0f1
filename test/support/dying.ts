import type { Ports } from '../../src/engine/index.ts';

/** The error of all calls of a dead process. */
export class Died extends Error {
  override readonly name = 'Died';
}

type Storage = Pick<Ports, 'shards' | 'catalog' | 'ledger' | 'objects'>;

/** The ports of a process that dies after that many storage steps: later steps never happen. */
export function dyingAfter(steps: number, ports: Storage): Storage {
  let left = steps;
  return dyingBefore(() => left-- <= 0, ports);
}

/** The ports of a process that dies before the first step for which `isFatal` holds. */
export function dyingBefore(isFatal: (step: string, command: readonly unknown[]) => boolean, ports: Storage): Storage {
  let isDead = false;
  const mortal = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...command: readonly unknown[]): Promise<unknown> => {
          isDead ||= isFatal(String(name), command);
          if (isDead) throw new Died(`died before ${String(name)}`);
          return await Reflect.apply(value, target, command);
        };
      },
    });
  const { shards, catalog, ledger, objects } = ports;
  return { shards: mortal(shards), catalog: mortal(catalog), ledger: mortal(ledger), objects: mortal(objects) };
}

/** How a piece of work died; `undefined` if it finished. */
export async function deathOf(work: Promise<unknown>): Promise<Died | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof Died) return error;
    throw error;
  }
}

/**
 * Runs `attempt` with a process that dies after 0, 1, 2 … steps, each time in a world of its own, until one finishes.
 * Returns how many died.
 */
export async function dieAfterEachStep(attempt: (steps: number) => Promise<Died | undefined>): Promise<number> {
  for (let steps = 0; steps < STEPS_MAX; steps++) if ((await attempt(steps)) === undefined) return steps;
  throw new Error(`it takes more than ${STEPS_MAX} steps`);
}

const STEPS_MAX = 200;
