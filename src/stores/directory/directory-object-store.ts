import { mkdir, open, readdir, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { assert } from '../../model/assert.ts';
import { DecodeError } from '../../model/bytes.ts';
import { QueueError } from '../../model/errors.ts';
import type { ByteRange, ObjectStore } from '../../ports/object-store.ts';
import { codeOf, linkDurably, syncDirectory, unless, writeDurably } from './durable-files.ts';

/** Ends the file name of an object, so that the objects `a` and `a/b` can stand beside each other. */
const SUFFIX = '.bin';
/** Directory for objects that have no name yet; no object can have this name. */
const UNNAMED = '.unnamed';
const NAME_PATTERN = /^[\w-]+(\/[\w-]+)*$/;
const PREFIX_PATTERN = /^[\w-]*(\/[\w-]*)*$/;
/** What a file system says of a file that it cannot read, while it can read others. */
const UNREADABLE: ReadonlySet<string> = new Set(['EIO', 'EBADMSG', 'EUCLEAN', 'EISDIR']);
/** Reads before the object counts as unreadable: a disk may fail once. */
const READ_TRIES_MAX = 3;
/** A removal may delete an object's directory just before the object is linked. */
const PLACE_TRIES_MAX = 5;

/**
 * Objects as files below one directory, which one process uses at a time.
 *
 * An object is written under another name, synced, and linked to its own: it is there as a whole or not at all, and
 * of several writers one wins. Cost of a put: two syncs, one more for each directory used for the first time.
 * A list reads the directories that the prefix and `after` leave, each as a whole.
 */
export class DirectoryObjectStore implements ObjectStore {
  readonly #root: string;
  /** Directories that are durable themselves, by path, or on their way there. */
  readonly #durable = new Map<string, Promise<void>>();
  #writes = 0;

  /** Opens a directory, created when missing, and removes files that a crash left unfinished. */
  static async open(directory: string): Promise<DirectoryObjectStore> {
    const store = new DirectoryObjectStore(resolve(directory));
    await attempt(`use ${store.#root}`, async () => {
      await rm(join(store.#root, UNNAMED), { recursive: true, force: true });
      await mkdir(join(store.#root, UNNAMED), { recursive: true });
    });
    return store;
  }

  private constructor(root: string) {
    this.#root = root;
  }

  async putIfAbsent(name: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    const path = this.#path(name);
    const unnamed = join(this.#root, UNNAMED, String(this.#writes++));
    return attempt(`store ${name}`, async () => {
      try {
        await writeDurably(unnamed, bytes);
        return await this.#place(unnamed, path);
      } finally {
        await unless(['ENOENT'], unlink(unnamed));
      }
    });
  }

  /** Objects in a directory never expire. */
  async keep(): Promise<void> {}

  async get(name: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    assert(range === undefined || (range.offset >= 0 && range.length >= 1), 'a range has at least one byte');
    const path = this.#path(name);
    for (let tries = 1; ; tries++) {
      try {
        return await read(path, range);
      } catch (error) {
        if (!UNREADABLE.has(codeOf(error))) throw refusal(`read ${name}`, error);
        if (tries === READ_TRIES_MAX) throw new DecodeError(`the file of ${name} cannot be read (${codeOf(error)})`);
      }
    }
  }

  async remove(name: string): Promise<void> {
    const path = this.#path(name);
    await attempt(`remove ${name}`, async () => {
      await unless(['ENOENT'], unlink(path));
      await this.#removeEmpty(dirname(path));
    });
  }

  async list(prefix: string, options: { readonly after?: string; readonly limit: number }): Promise<readonly string[]> {
    assert(PREFIX_PATTERN.test(prefix), `${prefix} is the start of an object's name`);
    const names: string[] = [];
    const directory = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    return attempt(`list ${prefix}`, async () => {
      for await (const name of this.#namesBelow(directory, { prefix, after: options.after ?? '' })) {
        names.push(name);
        if (names.length >= options.limit) break;
      }
      return names;
    });
  }

  #path(name: string): string {
    assert(NAME_PATTERN.test(name), `${name} is the name of an object`);
    return join(this.#root, name + SUFFIX);
  }

  async #place(unnamed: string, path: string): Promise<'stored' | 'exists'> {
    const directory = dirname(path);
    for (let tries = 1; ; tries++) {
      try {
        const outcome = await linkDurably(unnamed, path);
        await this.#makeDurable(directory);
        return outcome;
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || tries === PLACE_TRIES_MAX) throw error;
        this.#durable.clear();
        await this.#makeDurable(directory);
      }
    }
  }

  /** Creates a directory and syncs its entry and those above it; once for each, however many objects come at once. */
  #makeDurable(directory: string): Promise<void> {
    const begun = this.#durable.get(directory);
    if (begun !== undefined) return begun;
    const made = (async () => {
      await mkdir(directory, { recursive: true });
      if (directory !== this.#root) await this.#makeDurable(dirname(directory));
      await syncDirectory(dirname(directory));
    })();
    this.#durable.set(directory, made);
    made.catch(() => this.#durable.delete(directory));
    return made;
  }

  async #removeEmpty(directory: string): Promise<void> {
    for (let path = directory; path !== this.#root; path = dirname(path)) {
      const isGone = await unless(
        ['ENOTEMPTY', 'EEXIST', 'ENOENT'],
        rmdir(path).then(() => true),
      );
      if (isGone === undefined) return;
      this.#durable.delete(path);
    }
  }

  /** Names below `directory`, which is empty or ends with `/`, in byte order. */
  async *#namesBelow(directory: string, range: { prefix: string; after: string }): AsyncGenerator<string> {
    for (const name of await this.#entries(directory)) {
      if (!name.startsWith(range.prefix)) continue;
      if (!name.endsWith('/')) {
        if (name > range.after) yield name;
      } else if (name > range.after || range.after.startsWith(name)) {
        yield* this.#namesBelow(name, range);
      }
    }
  }

  /** Objects, and directories with a trailing `/`, so that each sorts where its names belong. */
  async #entries(directory: string): Promise<string[]> {
    const entries = (await unless(['ENOENT'], readdir(join(this.#root, directory), { withFileTypes: true }))) ?? [];
    const names = entries.flatMap((entry) => {
      if (entry.isDirectory()) return entry.name === UNNAMED ? [] : [`${directory}${entry.name}/`];
      return entry.name.endsWith(SUFFIX) ? [directory + entry.name.slice(0, -SUFFIX.length)] : [];
    });
    return names.sort();
  }
}

async function read(path: string, range: ByteRange | undefined): Promise<Uint8Array | undefined> {
  const file = await unless(['ENOENT'], open(path));
  if (file === undefined) return undefined;
  try {
    if (range === undefined) return await file.readFile();
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, Math.min(range.length, size - range.offset)));
    await file.read(bytes, 0, bytes.length, range.offset);
    return bytes;
  } finally {
    await file.close();
  }
}

/** Does `work`, and turns a refusal of the file system into our error. */
async function attempt<Value>(action: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw refusal(action, error);
  }
}

const refusal = (action: string, cause: unknown): QueueError =>
  new QueueError('Unavailable', `the object store did not ${action}; try again later`, { cause });
