import { Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { StringListParameter, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { CATALOG_TABLE, LEDGER_TABLE, type TableDefinition } from '../src/stores/dynamodb/keys.ts';
import { Archive } from './archive.ts';
import { Cell } from './cell.ts';
import { parameterName, REMOVED } from './names.ts';
import { hasEndpoints, hasUserPool, isProtected, type Settings } from './settings.ts';
import { makeTable, removalPolicyOf } from './tables.ts';
import { makeUserPool } from './user-pool.ts';

export interface StorageStackProps extends StackProps {
  readonly settings: Settings;
}

const PUBLISHED = { Bucket: 'bucket', Key: 'key', SecretsKey: 'secrets-key', UserPool: 'user-pool' } as const;

/** All state: changed rarely, and kept whatever happens to the stacks that use it. */
export class StorageStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: StorageStackProps) {
    super(scope, id, { ...props, terminationProtection: isProtected(settings) });
    const key =
      settings.encryption === 'customer-key'
        ? this.#makeKey('Key', settings, `Encrypts the queues of RewindMQ ${settings.stage}`)
        : undefined;
    const table = (idOfTable: string, definition: TableDefinition) =>
      makeTable(new Construct(this, idOfTable), { definition, name: idOfTable.toLowerCase(), settings, key });
    const labels = Array.from({ length: settings.cells }, (_, number) => {
      if (settings.removedCells?.includes(number) === true) return REMOVED;
      return new Cell(this, `Cell${number}`, { number, settings, key }).streamLabel;
    });
    table('Catalog', CATALOG_TABLE);
    table('Ledger', LEDGER_TABLE);
    const { bucket } = new Archive(this, 'Archive', { settings, key });
    new StringListParameter(this, 'StreamLabels', {
      parameterName: parameterName(settings, 'stream-labels'),
      stringListValue: labels,
      description: 'Last part of the ARN of the stream of each cell, in order',
    });
    this.#publish('Bucket', settings, bucket.bucketName);
    if (settings.accessKeys || hasEndpoints(settings)) {
      const secretsKey = this.#makeKey('SecretsKey', settings, `Seals secrets of RewindMQ ${settings.stage}`);
      this.#publish('SecretsKey', settings, secretsKey.keyArn);
    }
    if (key !== undefined) this.#publish('Key', settings, key.keyArn);
    if (hasUserPool(settings)) this.#publish('UserPool', settings, makeUserPool(this, settings).userPoolId);
  }

  #publish(of: keyof typeof PUBLISHED, settings: Settings, stringValue: string): void {
    const name = parameterName(settings, PUBLISHED[of]);
    new StringParameter(this, `${of}Parameter`, { parameterName: name, stringValue });
  }

  #makeKey(id: string, settings: Settings, description: string): Key {
    return new Key(this, id, {
      description,
      enableKeyRotation: true,
      removalPolicy: removalPolicyOf(settings),
    });
  }
}
