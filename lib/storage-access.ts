import { Aws, Fn, type Stack } from 'aws-cdk-lib';
import { type ITableV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { DlqDestinationConfig, IEventSourceDlq, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { StringListParameter, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { ENV, type SecretPurpose } from '../src/runtime/env.ts';
import { joinAccess, type Step } from './access.ts';
import { arnOf, nameOf, type Published, parameterName } from './names.ts';
import type { Settings } from './settings.ts';

/** Payloads too large for a table. */
const PAYLOADS = 'payloads/*';
/** Archived messages. */
const ARCHIVED = 'archive/*';
/** Lists of the objects that a rewind distributes. */
const REWIND_PLANS = 'rewinds/*';
/** Prefix under which Lambda stores given-up batches of a stream; the name is Lambda's. */
const GIVEN_UP_BATCHES = 'aws/lambda/*';
/** Permissions that DynamoDB and S3 require of callers if a key of the account encrypts tables and buckets. */
const KEY_ACTIONS = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*'];

/**
 * The storage of a deployment for another stack: grants by name. Values that AWS assigns come from SSM, each read once
 * as a parameter of the stack's template.
 */
export class StorageAccess {
  readonly #stack: Stack;
  readonly #settings: Settings;

  constructor(stack: Stack, settings: Settings) {
    this.#stack = stack;
    this.#settings = settings;
  }

  /** Cells that were not removed. */
  get cellNumbers(): readonly number[] {
    const { cells, removedCells = [] } = this.#settings;
    return Array.from({ length: cells }, (_, number) => number).filter((number) => !removedCells.includes(number));
  }

  get bucketName(): string {
    return this.#published('bucket');
  }

  /** Lets `fn` take these steps, and gives it the names of the storage. */
  grant(fn: LambdaFunction, ...steps: readonly Step[]): void {
    const access = joinAccess(steps);
    const { leavingCells = [], cells } = this.#settings;
    // Cell numbers are positions in the list, so a removed cell leaves a placeholder.
    const tables = Array.from({ length: cells }, (_, number) =>
      this.cellNumbers.includes(number) ? this.#cell(number) : '',
    );
    fn.addEnvironment(ENV.cellTables, tables.join(','));
    if (leavingCells.length > 0) fn.addEnvironment(ENV.leavingCells, leavingCells.join(','));
    const catalog = nameOf(this.#settings, 'catalog');
    const ledger = nameOf(this.#settings, 'ledger');
    fn.addEnvironment(ENV.catalogTable, catalog);
    fn.addEnvironment(ENV.ledgerTable, ledger);
    fn.addEnvironment(ENV.archiveBucket, this.bucketName);
    const inUse = tables.filter((table) => table !== '');
    allow(fn, inUse.map(tableArn), named('dynamodb', access.cells));
    allow(fn, [tableArn(catalog)], named('dynamodb', access.catalog));
    allow(fn, [tableArn(ledger)], named('dynamodb', access.ledger));
    this.#grantObjects(fn, access.payloads, PAYLOADS);
    this.#grantObjects(fn, access.archived, ARCHIVED);
    this.#grantObjects(fn, access.plans, REWIND_PLANS);
    // A reader needs the right to list: otherwise S3 answers 403 for a missing object.
    if ([...access.payloads, ...access.archived].includes('GetObject')) this.#grantList(fn);
    this.#grantKey(fn, KEY_ACTIONS);
  }

  /** Lets `grantee` read the lists that rewinds distribute. */
  grantPlans(grantee: IGrantable): void {
    this.#grantObjects(grantee, ['GetObject'], REWIND_PLANS);
    this.#grantKey(grantee, ['kms:Decrypt']);
  }

  /** Lets `fn` seal or open secrets of this purpose, and nothing else that is sealed by the same key. */
  grantSecrets(fn: LambdaFunction, action: 'Encrypt' | 'Decrypt', purpose: SecretPurpose): void {
    const key = this.#published('secrets-key');
    fn.addEnvironment(ENV.secretsKey, key);
    Grant.addToPrincipal({
      grantee: fn,
      actions: [`kms:${action}`],
      resourceArns: [key],
      conditions: { StringEquals: { 'kms:EncryptionContext:rewindmq': purpose } },
    });
  }

  /** Tables with a followed stream: all that were not removed. */
  streamedTables(): readonly ITableV2[] {
    const name = parameterName(this.#settings, 'stream-labels');
    const labels = StringListParameter.valueForTypedListParameter(this.#stack, name);
    return this.cellNumbers.map((number) => {
      const arn = tableArn(this.#cell(number));
      const tableStreamArn = `${arn}/stream/${Fn.select(number, labels)}`;
      return TableV2.fromTableAttributes(this.#stack, `Cell${number}`, { tableArn: arn, tableStreamArn });
    });
  }

  /** Stores the full batches that a stream's function gave up. */
  get givenUpBatches(): IEventSourceDlq {
    return {
      bind: (_mapping, fn): DlqDestinationConfig => {
        this.#grantObjects(fn, ['PutObject'], GIVEN_UP_BATCHES);
        this.#grantList(fn);
        return { destination: this.#bucketArn };
      },
    };
  }

  get #bucketArn(): string {
    return `arn:${Aws.PARTITION}:s3:::${this.bucketName}`;
  }

  #cell(number: number): string {
    return nameOf(this.#settings, `cell-${number}`);
  }

  #published(of: Published): string {
    return StringParameter.valueForStringParameter(this.#stack, parameterName(this.#settings, of));
  }

  #grantObjects(grantee: IGrantable, actions: readonly string[], names: string): void {
    allow(grantee, [`${this.#bucketArn}/${names}`], named('s3', actions));
  }

  #grantList(grantee: IGrantable): void {
    allow(grantee, [this.#bucketArn], ['s3:ListBucket']);
  }

  #grantKey(grantee: IGrantable, actions: readonly string[]): void {
    if (this.#settings.encryption === 'customer-key') allow(grantee, [this.#published('key')], actions);
  }
}

const tableArn = (name: string): string => arnOf('dynamodb', `table/${name}`);

const named = (service: string, actions: readonly string[]): string[] =>
  actions.map((action) => `${service}:${action}`);

function allow(grantee: IGrantable, resourceArns: string[], actions: readonly string[]): void {
  if (actions.length > 0) Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns });
}
