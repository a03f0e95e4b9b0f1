import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type CfnGlobalTable,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { TableDefinition } from '../src/stores/dynamodb/keys.ts';
import { nameOf } from './names.ts';
import { isProtected, type Settings } from './settings.ts';

export interface TableOptions {
  readonly definition: TableDefinition;
  /**
   * Part of the physical name, so that an empty table never replaces this one unnoticed: the deployment fails instead.
   */
  readonly name: string;
  readonly settings: Settings;
  readonly key: IKey | undefined;
}

/** One of our tables: on demand, encrypted, and kept whatever happens to its stack. */
export function makeTable(scope: Construct, { definition, name, settings, key }: TableOptions): TableV2 {
  const table = new TableV2(scope, 'Table', {
    tableName: nameOf(settings, name),
    partitionKey: { name: definition.partitionKey, type: AttributeType.STRING },
    sortKey: { name: definition.sortKey, type: AttributeType.STRING },
    billing: Billing.onDemand(),
    encryption: key === undefined ? TableEncryptionV2.dynamoOwnedKey() : TableEncryptionV2.awsManagedKey(),
    deletionProtection: isProtected(settings),
    removalPolicy: removalPolicyOf(settings),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: settings.pointInTimeRecovery },
    ...(definition.isStreamed ? { dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES } : {}),
    ...(definition.expiryAttribute === undefined ? {} : { timeToLiveAttribute: definition.expiryAttribute }),
    ...(definition.isStreamed ? warmThroughput(settings) : {}),
  });
  if (key !== undefined) useKey(table, key);
  return table;
}

/** State survives its stack, but not a failed first deployment, which must be repeatable. */
export const removalPolicyOf = ({ removal }: Settings): RemovalPolicy =>
  removal === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;

/** `TableEncryptionV2.customerManagedKey` needs the Region at synth, but it is known only at deployment. */
function useKey(table: TableV2, key: IKey): void {
  const resource = table.node.defaultChild as CfnGlobalTable;
  resource.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', key.keyArn);
}

/** Only for cells: their load grows with the messages. */
const warmThroughput = ({ warmWrites, warmReads }: Settings) =>
  warmWrites === undefined && warmReads === undefined
    ? {}
    : {
        warmThroughput: {
          ...(warmWrites === undefined ? {} : { writeUnitsPerSecond: warmWrites }),
          ...(warmReads === undefined ? {} : { readUnitsPerSecond: warmReads }),
        },
      };
