import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { CELL_TABLE } from '../src/stores/dynamodb/keys.ts';
import type { Settings } from './settings.ts';
import { makeTable } from './tables.ts';

export interface CellProps {
  /** 0 and up. The number is part of the table's name and of every shard id: it never changes. */
  readonly number: number;
  readonly settings: Settings;
  /** @default AWS's own key */
  readonly key: IKey | undefined;
}

/** A cell: one table of deliveries and blocks, and the stream of its changes. Nothing in it leaves by time. */
export class Cell extends Construct {
  readonly number: number;
  readonly table: TableV2;

  constructor(scope: Construct, id: string, { number, settings, key }: CellProps) {
    super(scope, id);
    this.number = number;
    this.table = makeTable(this, { definition: CELL_TABLE, name: `cell-${number}`, settings, key });
  }
}
