import type { ByteRange, ObjectStore } from '../../ports/object-store.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Objects by name, of all processes. */
export class StoredObjects extends Map<string, Uint8Array> {
  /** Names of objects that a lifecycle rule may remove. */
  readonly expiring = new Set<string>();
}

export class SimulatedObjectStore implements ObjectStore {
  readonly #process: SimulatedProcess;
  readonly #objects: StoredObjects;

  constructor(process: SimulatedProcess, objects: StoredObjects) {
    this.#process = process;
    this.#objects = objects;
  }

  async putIfAbsent(
    name: string,
    bytes: Uint8Array,
    { canExpire = false }: { readonly canExpire?: boolean } = {},
  ): Promise<'stored' | 'exists'> {
    const work = () => {
      if (this.#objects.has(name)) return 'exists';
      this.#objects.set(name, bytes.slice());
      if (canExpire) this.#objects.expiring.add(name);
      return 'stored';
    };
    return this.#process.call({ step: { name: 'put object', about: name }, work });
  }

  async keep(name: string): Promise<void> {
    const work = () => void this.#objects.expiring.delete(name);
    return this.#process.call({ step: { name: 'keep object', about: name }, work });
  }

  async get(name: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const work = () => {
      const bytes = this.#objects.get(name);
      return range === undefined ? bytes : bytes?.subarray(range.offset, range.offset + range.length);
    };
    return this.#process.call({ step: { name: 'get object', about: name }, work });
  }

  async remove(name: string): Promise<void> {
    const work = () => void this.#objects.delete(name);
    return this.#process.call({ step: { name: 'remove object', about: name }, work });
  }

  async list(prefix: string, options: { readonly after?: string; readonly limit: number }): Promise<readonly string[]> {
    const work = () => {
      const names = [...this.#objects.keys()].filter((name) => name.startsWith(prefix) && name > (options.after ?? ''));
      return names.sort().slice(0, options.limit);
    };
    return this.#process.call({ step: { name: 'list objects', about: prefix }, work });
  }
}
