import { decodeArchiveIndex } from '../../src/model/archive-object.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import type { Delivery, Part, SliceName } from '../../src/model/delivery.ts';
import { type BlockId, blockId, KEY_END, keyFrom, type ShardKey, shardKey, visibleAtMs } from '../../src/model/ids.ts';
import { unpack } from '../../src/model/packing.ts';
import { type Runs, runsOf } from '../../src/model/runs.ts';
import type { World } from './given.ts';
import { START_MS } from './ids.ts';

/** The stored state of one queue as readable text: random ids become names in the order of their appearance. */
export class Printer {
  readonly #world: World;
  readonly #queue: string;
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #blocks = new Set<BlockId>();

  constructor(world: World, queue: string) {
    this.#world = world;
    this.#queue = queue;
  }

  async print(): Promise<string> {
    const { queue } = await this.#world.service.routes.get(this.#queue);
    const shards = await Promise.all(queue.route.shards.map(({ id }) => this.#shard(shardKey(queue.id, id))));
    const sections = [...shards, await this.#blockItems(), ...(await this.#records(queue.id)), await this.#objects()];
    return sections
      .filter((lines) => lines.length > 1)
      .flatMap((lines) => lines)
      .join('\n');
  }

  #name(kind: string, id: string): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const number = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, number);
    const name = `${kind} ${number}`;
    this.#names.set(id, name);
    return name;
  }

  async #shard(shard: ShardKey): Promise<string[]> {
    const range = { from: keyFrom(0 as EpochMs), before: KEY_END, limit: 1_000, isConsistent: true };
    const { deliveries } = await this.#world.ports.shards.list(shard, range);
    return [this.#name('shard', shard), ...deliveries.flatMap((delivery) => this.#delivery(delivery))];
  }

  #delivery(delivery: Delivery): string[] {
    const { key, receiveCount, first, edition } = delivery;
    const lease = receiveCount === 0 ? 'never leased' : `lease, received ${receiveCount} ×`;
    const advanced = first === 0 ? '' : `, first ${first}`;
    const bodies = delivery.payload === undefined ? [] : unpack(delivery.payload).map(({ body }) => body);
    return [
      `  ${this.#name('delivery', key)}: visible at ${time(visibleAtMs(key))}, ${lease}${advanced}, edition ${edition}`,
      ...delivery.parts.map((part) => `    ${this.#part(part)}`),
      ...(bodies.length === 0 ? [] : [`    payload: ${bodies.map(shown).join(' ')}`]),
      ...marksOf(delivery).map((mark) => `    ${mark}`),
    ];
  }

  #part(part: Part): string {
    const run = `messages ${part.first} to ${part.first + part.count - 1}`;
    const received = part.firstReceivedAtMs === undefined ? '' : `, first received at ${time(part.firstReceivedAtMs)}`;
    if (part.kind === 'archive') {
      const rewound = `by ${this.#name('rewind', part.rewoundBy)}, entered at ${time(part.enteredAtMs)}`;
      return `archive: ${run} of ${this.#slice(part.slice)}, ${rewound}${received}`;
    }
    const sent = `sent at ${time(part.origin.sentAtMs)}${received}`;
    if (part.kind === 'inline') return `inline: ${run} of request ${this.#name('origin', part.origin.id)}, ${sent}`;
    const id = blockId(part.origin);
    this.#blocks.add(id);
    return `block: ${run} of ${this.#name('block', id)}, which holds ${part.blockCount}, ${sent}`;
  }

  #slice({ object, number }: SliceName): string {
    return `slice ${number} of ${this.#name('object', object)}`;
  }

  async #blockItems(): Promise<string[]> {
    const blocks = await this.#world.ports.shards.getBlocks([...this.#blocks]);
    const lines = [...blocks.values()].map((block) => {
      const bodies = 'payload' in block ? unpack(block.payload).map(({ body }) => shown(body)) : ['in an object'];
      return `  ${this.#name('block', block.id)}: ${bodies.join(' ')}`;
    });
    const progress = await Promise.all(
      [...this.#blocks].map(async (id) => ({ id, done: [...(await this.#world.ports.ledger.progress(id))] })),
    );
    const noted = progress.filter(({ done }) => done.length > 0);
    return [
      'blocks',
      ...lines.toSorted(),
      ...noted.map(({ id, done }) => `  progress of ${this.#name('block', id)}: ${runsText(runsOf(done))}`),
    ];
  }

  async #records(queueId: string): Promise<string[][]> {
    const { catalog } = this.#world.ports;
    const of = { prefix: `${queueId}/`, limit: 100 };
    const totals = await catalog.list('totals', of);
    const listed = await catalog.list('archived', of);
    // Names of objects hold numbers of the feed, whose text does not sort by value.
    const archived = listed.toSorted((one, other) => one.value.deletedFromMs - other.value.deletedFromMs);
    const holds = await catalog.list('hold', { limit: 100 });
    const rewinds = await catalog.list('rewind', of);
    return [
      [
        'totals',
        ...totals.map(({ value }) => {
          const { neverLeased, leased, sent, rewound, deleted, deadLettered, purged } = value;
          return `  ${fields({ neverLeased, leased, sent, rewound, deleted, deadLettered, purged })}`;
        }),
      ],
      [
        'archived',
        ...archived.map(({ value }) => {
          const { messageCount, deletedAgainCount } = value;
          return `  ${this.#name('object', value.object)}: ${fields({ messageCount, deletedAgainCount })}`;
        }),
      ],
      [
        'holds',
        ...holds.map(({ value: { slice, rewindId, isPlaced, ...hold } }) => {
          const runs = { messages: runsText(hold.messages), done: runsText(hold.done), purged: runsText(hold.purged) };
          return `  ${this.#slice(slice)}, ${this.#name('rewind', rewindId)}: ${fields({ ...runs, isPlaced })}`;
        }),
      ],
      [
        'rewinds',
        ...rewinds.map(({ value: { id, state, objectsDone, messagesMatched, messagesRewound } }) => {
          return `  ${this.#name('rewind', id)}: ${fields({ state, objectsDone, messagesMatched, messagesRewound })}`;
        }),
      ],
    ];
  }

  async #objects(): Promise<string[]> {
    const { objects } = this.#world.ports;
    const listed = await objects.list('', { limit: 100 });
    const names = listed.toSorted((one, other) => (this.#name('object', one) < this.#name('object', other) ? -1 : 1));
    const contents = await Promise.all(names.map(async (name) => ({ name, bytes: await objects.get(name) })));
    const described = contents.flatMap(({ name, bytes }) => {
      if (bytes === undefined || !name.startsWith('archive/'))
        return [`  ${name.split('/')[0]}: ${bytes?.length} bytes`];
      const { slices, deletedAgain } = decodeArchiveIndex(bytes);
      return [
        `  ${this.#name('object', name)}, kept ${name.split('/')[1]}`,
        ...slices.map(({ messageCount, sentFromMs, sentToMs, deletedFromMs, deletedToMs }, number) => {
          const sent = `sent ${time(sentFromMs)} to ${time(sentToMs)}`;
          const deleted = `deleted ${time(deletedFromMs)} to ${time(deletedToMs)}`;
          return `    slice ${number}: ${messageCount} messages, ${sent}, ${deleted}`;
        }),
        ...deletedAgain.map(({ slice, rewindId, messages, deletedAtMs }) => {
          const what = `${runsText(messages)} of ${this.#slice(slice)}, ${this.#name('rewind', rewindId)}`;
          return `    deleted again at ${time(deletedAtMs)}: messages ${what}`;
        }),
      ];
    });
    return ['objects', ...described];
  }
}

function marksOf(delivery: Delivery): string[] {
  const sets = (['acked', 'moved', 'deadLettered', 'purged', 'withdrawn', 'redriven'] as const).flatMap((mark) =>
    delivery[mark].size === 0
      ? []
      : [`${mark}: ${[...delivery[mark]].toSorted((one, other) => one - other).join(', ')}`],
  );
  const forward = [...delivery.forward].map(([index, to]) => `forward: ${index} to ${to.index} of another delivery`);
  return [...sets, ...forward];
}

const shown = (body: string): string => (body.length <= 12 ? `"${body}"` : `"${body.slice(0, 8)}…"`);
const time = (at: EpochMs): string => `${(at - START_MS) / 1_000} s`;
const fields = (record: object): string =>
  Object.entries(record)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
const runsText = (runs: Runs): string =>
  runs.length === 0
    ? 'none'
    : runs.map(([first, count]) => (count === 1 ? `${first}` : `${first}-${first + count - 1}`)).join(' ');
