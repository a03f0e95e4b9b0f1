import type { Catalog, CatalogRecords, RecordKind, Stored, WriteOutcome } from '../../ports/catalog.ts';
import type { SimulatedProcess } from './simulated-process.ts';

interface KeptRecord {
  /** As text, so that no two callers share an object. */
  readonly json: string;
  readonly version: number;
}

/** A record after a write; without a value after a removal. */
export type RecordChange = {
  [Kind in RecordKind]: { readonly kind: Kind; readonly name: string; readonly value?: CatalogRecords[Kind] };
}[RecordKind];

/** The records of all processes. */
export class StoredRecords {
  readonly #kinds = new Map<RecordKind, Map<string, KeptRecord>>();
  readonly #onChange: (change: RecordChange) => void;
  /** Records before their last change, for reads that are not consistent. */
  readonly #before = new Map<string, KeptRecord | undefined>();
  #lastVersion = 0;

  constructor(onChange: (change: RecordChange) => void) {
    this.#onChange = onChange;
  }

  get<Kind extends RecordKind>(kind: Kind, name: string): Stored<CatalogRecords[Kind]> | undefined {
    return storedOf(name, this.#of(kind).get(name));
  }

  /** The state before the last change, however long ago: DynamoDB promises no better. */
  getOld<Kind extends RecordKind>(kind: Kind, name: string): Stored<CatalogRecords[Kind]> | undefined {
    const key = `${kind}/${name}`;
    return this.#before.has(key) ? storedOf(name, this.#before.get(key)) : this.get(kind, name);
  }

  tryPut<Kind extends RecordKind>(
    kind: Kind,
    name: string,
    value: CatalogRecords[Kind],
    version: number,
  ): WriteOutcome {
    if ((this.#of(kind).get(name)?.version ?? 0) !== version) return 'lost';
    this.#before.set(`${kind}/${name}`, this.#of(kind).get(name));
    this.#of(kind).set(name, { json: JSON.stringify(value), version: ++this.#lastVersion });
    this.#onChange({ kind, name, value } as RecordChange);
    return 'done';
  }

  tryRemove(kind: RecordKind, name: string, version: number): WriteOutcome {
    if (this.#of(kind).get(name)?.version !== version) return 'lost';
    this.#before.set(`${kind}/${name}`, this.#of(kind).get(name));
    this.#of(kind).delete(name);
    this.#onChange({ kind, name });
    return 'done';
  }

  list<Kind extends RecordKind>(
    kind: Kind,
    { prefix = '', after = '', limit }: Parameters<Catalog['list']>[1],
  ): Stored<CatalogRecords[Kind]>[] {
    const names = [...this.#of(kind).keys()].filter((name) => name.startsWith(prefix) && name > after).sort();
    return names.slice(0, limit).flatMap((name) => this.get(kind, name) ?? []);
  }

  #of(kind: RecordKind): Map<string, KeptRecord> {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const records = new Map<string, KeptRecord>();
    this.#kinds.set(kind, records);
    return records;
  }
}

const storedOf = <Value>(name: string, kept: KeptRecord | undefined): Stored<Value> | undefined =>
  kept && { name, value: JSON.parse(kept.json) as Value, version: kept.version };

export class SimulatedCatalog implements Catalog {
  readonly #process: SimulatedProcess;
  readonly #records: StoredRecords;

  constructor(process: SimulatedProcess, records: StoredRecords) {
    this.#process = process;
    this.#records = records;
  }

  async get<Kind extends RecordKind>(
    kind: Kind,
    name: string,
    { mayBeOld = false }: { readonly mayBeOld?: boolean } = {},
  ): Promise<Stored<CatalogRecords[Kind]> | undefined> {
    const work = () => (mayBeOld ? this.#records.getOld(kind, name) : this.#records.get(kind, name));
    return this.#process.call({ step: { name: `get ${kind}`, about: name }, work });
  }

  async queueVersion(name: string): Promise<number> {
    const work = () => this.#records.get('queue', name)?.version ?? 0;
    return this.#process.call({ step: { name: 'get version', about: name }, work });
  }

  async tryPut<Kind extends RecordKind>(
    kind: Kind,
    name: string,
    value: CatalogRecords[Kind],
    version: number,
  ): Promise<WriteOutcome> {
    return this.#process.call<WriteOutcome>({
      step: { name: `put ${kind}`, about: name },
      work: () => this.#records.tryPut(kind, name, value, version),
      unclear,
    });
  }

  async tryRemove(kind: RecordKind, name: string, version: number): Promise<WriteOutcome> {
    return this.#process.call<WriteOutcome>({
      step: { name: `remove ${kind}`, about: name },
      work: () => this.#records.tryRemove(kind, name, version),
      unclear,
    });
  }

  async list<Kind extends RecordKind>(
    kind: Kind,
    range: Parameters<Catalog['list']>[1],
  ): Promise<readonly Stored<CatalogRecords[Kind]>[]> {
    const work = () => this.#records.list(kind, range);
    return this.#process.call({ step: { name: `list ${kind}`, about: range.prefix }, work });
  }
}

const unclear = (): WriteOutcome => 'unclear';
