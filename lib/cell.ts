import { Fn } from 'aws-cdk-lib';
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

/** Index of the label in `arn:…:table/<name>/stream/<label>`, split at its slashes. */
const STREAM_LABEL = 3;

/** A cell: one table of deliveries and blocks, and the stream of its changes. Its items never expire. */
export class Cell extends Construct {
  /** When the stream was created: the part of its ARN that the table's lacks. */
  readonly streamLabel: string;

  constructor(scope: Construct, id: string, { number, settings, key }: CellProps) {
    super(scope, id);
    const table = makeTable(this, { definition: CELL_TABLE, name: `cell-${number}`, settings, key });
    this.streamLabel = Fn.select(STREAM_LABEL, Fn.split('/', table.tableStreamArn ?? ''));
  }
}
