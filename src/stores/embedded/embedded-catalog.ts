import { ByteReader, ByteWriter } from '../../model/bytes.ts';
import type { Catalog, CatalogRecords, RecordKind, Stored, WriteOutcome } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Table } from './table.ts';

type AnyStored = Stored<CatalogRecords[RecordKind]>;

/** Records kept as objects: each request reads its queue. */
const RECORDS_IN_MEMORY_MAX = 10_000;

/** Records as JSON after their version, by kind, `/` and name. */
export class EmbeddedCatalog implements Catalog {
  readonly #records: Table;
  readonly #commits: GroupCommit;
  readonly #clock: Clock;
  readonly #recent = new Map<string, AnyStored>();
  #lastVersion = 0;

  constructor(records: Table, commits: GroupCommit, clock: Clock) {
    this.#records = records;
    this.#commits = commits;
    this.#clock = clock;
  }

  async get<Kind extends RecordKind>(kind: Kind, name: string): Promise<Stored<CatalogRecords[Kind]> | undefined> {
    const key = keyOf(kind, name);
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent as Stored<CatalogRecords[Kind]>;
    const bytes = this.#records.get(key);
    if (bytes === undefined) return undefined;
    const stored = decodeRecord<CatalogRecords[Kind]>(name, bytes);
    if (this.#recent.size >= RECORDS_IN_MEMORY_MAX) this.#recent.clear();
    this.#recent.set(key, stored);
    return stored;
  }

  /** Records are read where they are written: the version of a record is always current. */
  async queueVersion(name: string): Promise<number> {
    return (await this.get('queue', name))?.version ?? 0;
  }

  async tryPut<Kind extends RecordKind>(
    kind: Kind,
    name: string,
    value: CatalogRecords[Kind],
    version: number,
  ): Promise<WriteOutcome> {
    const json = JSON.stringify(value);
    return await this.#attempt(keyOf(kind, name), version, (key) => {
      this.#records.put(key, encodeRecord(this.#nextVersion(), json));
    });
  }

  async tryRemove(kind: RecordKind, name: string, version: number): Promise<WriteOutcome> {
    if (version === 0) return 'lost'; // There is nothing to remove.
    return await this.#attempt(keyOf(kind, name), version, (key) => this.#records.remove(key));
  }

  async list<Kind extends RecordKind>(
    kind: Kind,
    range: { readonly prefix?: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly Stored<CatalogRecords[Kind]>[]> {
    const { prefix = '', after = '', limit } = range;
    const found: Stored<CatalogRecords[Kind]>[] = [];
    const start = keyOf(kind, after >= prefix ? after : prefix);
    for (const { key, value } of this.#records.range({ start })) {
      if (found.length === limit || !key.startsWith(keyOf(kind, prefix))) break;
      const name = key.slice(keyOf(kind, '').length);
      if (after === '' || name > after) found.push(decodeRecord(name, value));
    }
    return found;
  }

  async #attempt(key: string, version: number, write: (key: string) => void): Promise<WriteOutcome> {
    try {
      return await this.#commits.run(() => {
        const bytes = this.#records.get(key);
        const current = bytes === undefined ? 0 : new ByteReader(bytes).varint();
        if (current !== version) return 'lost';
        write(key);
        return 'done';
      });
    } catch {
      return 'unclear';
    } finally {
      // The next read shows the outcome.
      this.#recent.delete(key);
    }
  }

  /** A new version, never used before, not even by a removed record: it identifies one state of one record. */
  #nextVersion(): number {
    this.#lastVersion = Math.max(this.#lastVersion + 1, this.#clock.nowMs());
    return this.#lastVersion;
  }
}

const keyOf = (kind: RecordKind, name: string): string => `${kind}/${name}`;

function encodeRecord(version: number, json: string): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(version);
  writer.sizedUtf8(json);
  return writer.finish();
}

function decodeRecord<Value>(name: string, bytes: Uint8Array): Stored<Value> {
  const reader = new ByteReader(bytes);
  const version = reader.varint();
  return { name, version, value: JSON.parse(reader.sizedUtf8()) as Value };
}
