import type { ByteRange, ObjectStore } from '../../ports/object-store.ts';

/** Objects that live as long as their process. */
export class MemoryObjectStore implements ObjectStore {
  readonly #objects = new Map<string, Uint8Array>();

  async putIfAbsent(name: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    if (this.#objects.has(name)) return 'exists';
    this.#objects.set(name, bytes.slice());
    return 'stored';
  }

  /** Nothing expires here. */
  async keep(): Promise<void> {}

  async get(name: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const bytes = this.#objects.get(name);
    return range === undefined ? bytes : bytes?.subarray(range.offset, range.offset + range.length);
  }

  async remove(name: string): Promise<void> {
    this.#objects.delete(name);
  }

  /** Looks at every name: a server in memory has few. */
  async list(prefix: string, options: { readonly after?: string; readonly limit: number }): Promise<readonly string[]> {
    const { after = '', limit } = options;
    const names = [...this.#objects.keys()].filter((name) => name.startsWith(prefix) && name > after);
    return names.sort().slice(0, limit);
  }
}
