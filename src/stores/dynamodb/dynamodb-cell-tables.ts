import { DescribeTableCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { CellId } from '../../model/ids.ts';
import type { CellTables } from '../../ports/cell-tables.ts';
import { failureOf, refusal } from './failures.ts';

/** The limit of a new table; engines other than DynamoDB do not report one. */
const NEW_TABLE_WRITE_UNITS = 4_000;
/** The table is being changed, or the quota is reached: ask again in a minute. */
const LATER = new Set(['ResourceInUseException', 'LimitExceededException']);

/** Reads and raises the throughput of the cells' tables. */
export class DynamoCellTables implements CellTables {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableOf: (cell: CellId) => string;

  constructor(client: DynamoDBDocumentClient, tableOf: (cell: CellId) => string) {
    this.#client = client;
    this.#tableOf = tableOf;
  }

  async writeUnitsMax(cell: CellId): Promise<number> {
    const command = new DescribeTableCommand({ TableName: this.#tableOf(cell) });
    const { Table: table } = await this.#tried(() => this.#client.send(command));
    const warm = table?.WarmThroughput?.WriteUnitsPerSecond ?? NEW_TABLE_WRITE_UNITS;
    const ceiling = table?.OnDemandThroughput?.MaxWriteRequestUnits ?? -1;
    return ceiling > 0 ? Math.min(warm, ceiling) : warm;
  }

  async warm(cell: CellId, writeUnits: number): Promise<void> {
    const command = new UpdateTableCommand({
      TableName: this.#tableOf(cell),
      WarmThroughput: { WriteUnitsPerSecond: writeUnits },
    });
    await this.#tried(async () => {
      try {
        await this.#client.send(command);
      } catch (error) {
        if (!LATER.has((error as Error).name)) throw error;
      }
    });
  }

  /** An empty page with a next one proves nothing. @remarks Cost: one read of one item. */
  async isEmpty(cell: CellId): Promise<boolean> {
    const command = new ScanCommand({ TableName: this.#tableOf(cell), Limit: 1, ConsistentRead: true });
    const { Items = [], LastEvaluatedKey } = await this.#tried(() => this.#client.send(command));
    return Items.length === 0 && LastEvaluatedKey === undefined;
  }

  /** Makes one try: a failure waits for the next minute. @throws QueueError */
  async #tried<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      const failure = failureOf(error);
      if (failure === 'throttled' || failure === 'unanswered') throw refusal(failure, error);
      throw error;
    }
  }
}
