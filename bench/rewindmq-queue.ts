import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { archive, getRewind, openQueueService, type QueueService, runRewind } from '../src/engine/index.ts';
import { cellId } from '../src/model/ids.ts';
import { DEFAULT_THRESHOLDS, ROUTE_FRESH_MS } from '../src/model/limits.ts';
import type { Arrivals } from '../src/ports/arrivals.ts';
import type { RewindRunner } from '../src/ports/rewind-runner.ts';
import type { RestHost } from '../src/protocols/rest/action.ts';
import { type ActionTable, actionTable } from '../src/protocols/rest/action-table.ts';
import { ALL_ACTIONS } from '../src/protocols/rest/actions/index.ts';
import { answerRest } from '../src/protocols/rest/answer.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import { systemRandom } from '../src/runtime/system-random.ts';
import { DynamoCatalog } from '../src/stores/dynamodb/dynamodb-catalog.ts';
import { DynamoLedger } from '../src/stores/dynamodb/dynamodb-ledger.ts';
import { DynamoShardStore } from '../src/stores/dynamodb/dynamodb-shard-store.ts';
import { S3ObjectStore } from '../src/stores/s3/s3-object-store.ts';
import type { Tables } from '../test/stores/dynamodb/engines.ts';
import { RecordedChanges } from './recorded-changes.ts';
import type { WorkloadQueue } from './workloads.ts';

/** Records of one archiver call in a deployment, where a busy queue fills its batches. */
const CHANGES_PER_BATCH = 1_000;
const PATH = '/queues/bench';
export const BUCKET = 'archive';
const EVER = '1970-01-01T00:00:00.000Z';
/** Lambda's batching window has the same length. */
const FOLLOW_EVERY_MS = 1_000;
/** The only cell. */
export const CELL = cellId(0);

/** The workloads' consumer polls, so nothing waits here. */
const NO_WAITING: Arrivals = { wait: async () => [] };

const NO_REWINDS: RewindRunner = { start: async () => undefined };

/** The S3 engine knows no tags: it would take the request that sets one for the object itself. */
class UntaggedObjects extends S3ObjectStore {
  override async keep(): Promise<void> {}
}

/** One queue of one shard as deployed: the handlers, the engine and the stores, with the shipped thresholds. */
export class RewindmqQueue implements WorkloadQueue {
  readonly #host: RestHost & { readonly actions: ActionTable };
  readonly #changes: RecordedChanges;
  readonly #batch: number;
  #requests = 0;
  #runs = 0;

  /** @param batch - changes that a run of the archiver takes and waits for */
  static async create(tables: Tables, objects: S3Client, batch = CHANGES_PER_BATCH): Promise<RewindmqQueue> {
    await objects.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const queue = new RewindmqQueue(tables, objects, batch);
    await queue.#call('PUT', PATH, {});
    return queue;
  }

  private constructor(tables: Tables, objects: S3Client, batch: number) {
    this.#batch = batch;
    const ports = { client: tables.client, clock: systemClock, random: systemRandom };
    this.#changes = new RecordedChanges(new DynamoShardStore(ports, tables.tableOf), systemClock);
    const service: QueueService = openQueueService(
      {
        shards: this.#changes,
        catalog: new DynamoCatalog(ports, tables.catalog),
        ledger: new DynamoLedger(ports, tables.ledger),
        objects: new UntaggedObjects({ client: objects, bucket: BUCKET }),
        arrivals: NO_WAITING,
        clock: systemClock,
        random: systemRandom,
        runner: NO_REWINDS,
      },
      { thresholds: DEFAULT_THRESHOLDS, cells: [CELL], shardsPerQueue: 1, routeFreshMs: ROUTE_FRESH_MS },
    );
    this.#host = { service, startedAtMs: systemClock.nowMs(), actions: actionTable(ALL_ACTIONS) };
  }

  async send(bodies: readonly string[]): Promise<void> {
    await this.#call('POST', `${PATH}/messages`, { messages: bodies.map((body) => ({ body })) });
    await this.#follow(this.#batch);
  }

  async receive(max: number): Promise<readonly string[]> {
    const { messages } = (await this.#call('POST', `${PATH}/receive`, { max })) as { messages: { receipt: string }[] };
    return messages.map(({ receipt }) => receipt);
  }

  async delete(receipts: readonly string[]): Promise<void> {
    const { deleted } = (await this.#call('POST', `${PATH}/delete`, { receipts })) as { deleted: number };
    if (deleted !== receipts.length) throw new Error(`${receipts.length - deleted} messages could not be deleted`);
    await this.#follow(this.#batch);
  }

  /** Makes all deleted messages available again; returns their number. */
  async rewind(): Promise<number> {
    const { service } = this.#host;
    const { id } = (await this.#call('POST', `${PATH}/rewinds`, { from: EVER })) as { id: string };
    const job = await getRewind(service, 'bench', id);
    // The stream is followed meanwhile: a rewind waits behind a barrier.
    let isRunning = true;
    const running = runRewind(service, job.queueId, job.id).finally(() => {
      isRunning = false;
    });
    while (isRunning) {
      await this.#follow(1);
      await systemClock.sleep(FOLLOW_EVERY_MS);
    }
    await running;
    await this.settle();
    return (await getRewind(service, 'bench', id)).messagesRewound;
  }

  /** Runs of the archiver so far. */
  get runs(): number {
    return this.#runs;
  }

  /** Gives the rest of the stream to the archiver. */
  async settle(): Promise<void> {
    await this.#follow(1);
  }

  /** Follows the stream while it holds at least that many records. */
  async #follow(atLeast: number): Promise<void> {
    while (this.#changes.waitingCount >= atLeast) {
      await archive(this.#host.service, this.#changes.take(this.#batch));
      this.#runs++;
    }
  }

  async #call(method: string, rawPath: string, body: object): Promise<unknown> {
    const answer = await answerRest(this.#host, {
      routeKey: '$default',
      rawPath,
      rawQueryString: '',
      headers: {},
      requestContext: { requestId: String(++this.#requests), http: { method } },
      body: JSON.stringify(body),
    });
    if (answer.statusCode >= 300) throw new Error(`${method} ${rawPath}: ${answer.statusCode} ${answer.body}`);
    return JSON.parse(answer.body);
  }
}
