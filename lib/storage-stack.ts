import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENV } from '../src/runtime/env.ts';
import { CATALOG_TABLE, LEDGER_TABLE, type TableDefinition } from '../src/stores/dynamodb/keys.ts';
import { joinAccess, type Step } from './access.ts';
import { Archive } from './archive.ts';
import { Cell } from './cell.ts';
import type { Settings } from './settings.ts';
import { makeTable } from './tables.ts';

export interface StorageStackProps extends StackProps {
  readonly settings: Settings;
}

/** What DynamoDB and S3 ask of a caller whose tables and buckets are encrypted with a key of the account. */
const KEY_ACTIONS = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*'];

/** All that holds state: changed rarely, kept whatever happens to the stacks that work with it. */
export class StorageStack extends Stack {
  /** Those that were not removed. */
  readonly cells: readonly Cell[];
  readonly catalog: TableV2;
  readonly ledger: TableV2;
  readonly archive: Archive;
  readonly #key: Key | undefined;
  readonly #cellNumbers: readonly number[];
  readonly #leavingCells: string;
  readonly #secretsKey: Key;

  constructor(scope: Construct, id: string, { settings, ...props }: StorageStackProps) {
    super(scope, id, { ...props, terminationProtection: settings.removal === 'retain' });
    const key =
      settings.encryption === 'customer-key'
        ? this.#makeKey('Key', settings, `Encrypts the queues of RewindMQ ${settings.stage}`)
        : undefined;
    const table = (idOfTable: string, definition: TableDefinition) =>
      makeTable(new Construct(this, idOfTable), { definition, name: idOfTable.toLowerCase(), settings, key });
    this.#key = key;
    this.#leavingCells = (settings.leavingCells ?? []).join(',');
    this.#cellNumbers = Array.from({ length: settings.cells }, (_, number) => number);
    this.cells = this.#cellNumbers
      .filter((number) => settings.removedCells?.includes(number) !== true)
      .map((number) => new Cell(this, `Cell${number}`, { number, settings, key }));
    this.catalog = table('Catalog', CATALOG_TABLE);
    this.ledger = table('Ledger', LEDGER_TABLE);
    this.archive = new Archive(this, 'Archive', { settings, key });
    this.#secretsKey = this.#makeKey('SecretsKey', settings, `Seals the access keys of RewindMQ ${settings.stage}`);
  }

  /** Lets `fn` take these steps, and tells it where everything is. */
  grant(fn: LambdaFunction, ...steps: readonly Step[]): void {
    const access = joinAccess(steps);
    fn.addEnvironment(ENV.cellTables, this.#cellNumbers.map((number) => this.#tableName(number)).join(','));
    if (this.#leavingCells !== '') fn.addEnvironment(ENV.leavingCells, this.#leavingCells);
    fn.addEnvironment(ENV.catalogTable, this.catalog.tableName);
    fn.addEnvironment(ENV.ledgerTable, this.ledger.tableName);
    fn.addEnvironment(ENV.archiveBucket, this.archive.bucket.bucketName);
    const cells = this.cells.map(({ table }) => table);
    grantTables(fn, cells, access.cells);
    grantTables(fn, [this.catalog], access.catalog);
    grantTables(fn, [this.ledger], access.ledger);
    this.archive.grant(fn, access);
    this.#key?.grant(fn, ...KEY_ACTIONS);
  }

  /** Lets `grantee` read what rewinds share out. */
  grantPlans(grantee: IGrantable): void {
    this.archive.grantPlans(grantee);
    this.#key?.grant(grantee, 'kms:Decrypt');
  }

  /** Lets `fn` seal or open the secrets of access keys, and nothing else that this key has sealed. */
  grantSecrets(fn: LambdaFunction, action: 'Encrypt' | 'Decrypt'): void {
    fn.addEnvironment(ENV.secretsKey, this.#secretsKey.keyArn);
    this.#secretsKey.grant(fn, `kms:${action}`);
  }

  /** Numbers are places in a list, so a removed cell leaves an empty one. */
  #tableName(number: number): string {
    return this.cells.find((cell) => cell.number === number)?.table.tableName ?? '';
  }

  #makeKey(id: string, settings: Settings, description: string): Key {
    return new Key(this, id, {
      description,
      enableKeyRotation: true,
      removalPolicy: settings.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}

function grantTables(grantee: LambdaFunction, tables: readonly TableV2[], actions: readonly string[]): void {
  if (actions.length === 0) return;
  Grant.addToPrincipal({
    grantee,
    actions: actions.map((action) => `dynamodb:${action}`),
    resourceArns: tables.map((table) => table.tableArn),
  });
}
