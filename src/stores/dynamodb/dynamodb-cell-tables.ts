import { DescribeTableCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { CellId } from '../../model/ids.ts';
import type { CellTables } from '../../ports/cell-tables.ts';
import { failureOf, refusal } from './failures.ts';

/** What a new table takes; engines other than DynamoDB do not say. */
const NEW_TABLE_WRITE_UNITS = 4_000;
/** A change of the table is under way, or the quota is reached: asking again in a minute is all there is to do. */
const LATER = new Set(['ResourceInUseException', 'LimitExceededException']);

/** What the cells' tables take, and asking for more of it. */
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

  /** A page that is empty and yet has a next one tells nothing. @remarks Cost: one read of one item. */
  async isEmpty(cell: CellId): Promise<boolean> {
    const command = new ScanCommand({ TableName: this.#tableOf(cell), Limit: 1, ConsistentRead: true });
    const { Items = [], LastEvaluatedKey } = await this.#tried(() => this.#client.send(command));
    return Items.length === 0 && LastEvaluatedKey === undefined;
  }

  /** One try: what did not work is for the next minute. @throws QueueError */
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
