import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import {
  ResourceNotFoundException as FunctionMissing,
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { nameOf } from '../names.ts';
import type { Settings } from '../settings.ts';

/**
 * `absent`: CloudFormation knows no such stack. `incomplete`: its first deployment never ended well, so nothing that
 * matters can be in it. `complete`: it may hold messages.
 */
export type StackState = 'absent' | 'incomplete' | 'complete';

/** What a deployment finds in an account before it changes anything. */
export interface AccountFacts {
  readonly account: string;
  readonly region: string;
  /** Whether `cdk bootstrap` was run there. */
  readonly isBootstrapped: boolean;
  /** Processes of all functions of the account at once, and those of them that no function has reserved. */
  readonly concurrency: {
    readonly limit: number;
    readonly unreserved: number;
    /** That the deployment as it is has reserved for receives; 0 when it does not exist. */
    readonly ofReceives: number;
  };
  readonly storage: StackState;
  readonly isTerminationProtected: boolean;
  /** Tables of the deployment that exist, and whether each is protected. */
  readonly tables: ReadonlyMap<string, { readonly isProtected: boolean }>;
}

/** Where `cdk bootstrap` notes its version; the CDK looks there too. */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';

/** States of a stack whose creation failed or was never begun. */
const INCOMPLETE = ['CREATE_FAILED', 'REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED'];

/** Names of the tables of a deployment. */
export const tableNames = (settings: Settings): string[] => {
  const { cells, removedCells = [] } = settings;
  const kept = Array.from({ length: cells }, (_, number) => number).filter((number) => !removedCells.includes(number));
  return [...kept.map((number) => `cell-${number}`), 'catalog', 'ledger'].map((part) => nameOf(settings, part));
};

/**
 * Looks at the account that the credentials of the environment lead to. Changes nothing.
 * @throws the SDK's errors: no credentials, no Region, a right that is missing
 */
export async function lookAtAccount(settings: Settings): Promise<AccountFacts> {
  const sts = new STSClient();
  const [{ Account = '' }, region] = await Promise.all([sts.send(new GetCallerIdentityCommand()), sts.config.region()]);
  const [isBootstrapped, concurrency, stack, tables] = await Promise.all([
    lookForBootstrap(),
    lookAtConcurrency(nameOf(settings, 'receive')),
    lookAtStack(nameOf(settings, 'storage')),
    lookAtTables(settings),
  ]);
  return { account: Account, region, isBootstrapped, concurrency, tables, ...stack };
}

async function lookForBootstrap(): Promise<boolean> {
  try {
    await new SSMClient().send(new GetParameterCommand({ Name: BOOTSTRAP_PARAMETER }));
    return true;
  } catch (error) {
    if (error instanceof ParameterNotFound) return false;
    throw error;
  }
}

async function lookAtConcurrency(receiveFunction: string): Promise<AccountFacts['concurrency']> {
  const client = new LambdaClient();
  const [{ AccountLimit }, ofReceives] = await Promise.all([
    client.send(new GetAccountSettingsCommand()),
    reservedBy(client, receiveFunction),
  ]);
  const { ConcurrentExecutions = 0, UnreservedConcurrentExecutions = 0 } = AccountLimit ?? {};
  return { limit: ConcurrentExecutions, unreserved: UnreservedConcurrentExecutions, ofReceives };
}

async function reservedBy(client: LambdaClient, FunctionName: string): Promise<number> {
  try {
    const { ReservedConcurrentExecutions } = await client.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    return ReservedConcurrentExecutions ?? 0;
  } catch (error) {
    if (error instanceof FunctionMissing) return 0;
    throw error;
  }
}

async function lookAtStack(StackName: string): Promise<Pick<AccountFacts, 'storage' | 'isTerminationProtected'>> {
  try {
    const { Stacks = [] } = await new CloudFormationClient().send(new DescribeStacksCommand({ StackName }));
    const { StackStatus = '', EnableTerminationProtection = false } = Stacks[0] ?? {};
    const storage = INCOMPLETE.includes(StackStatus) ? 'incomplete' : 'complete';
    return { storage, isTerminationProtected: EnableTerminationProtection };
  } catch (error) {
    // CloudFormation has no class of its own for this error.
    if (error instanceof Error && /does not exist/.test(error.message)) {
      return { storage: 'absent', isTerminationProtected: false };
    }
    throw error;
  }
}

async function lookAtTables(settings: Settings): Promise<AccountFacts['tables']> {
  const client = new DynamoDBClient();
  const found = await Promise.all(
    tableNames(settings).map(async (TableName) => {
      try {
        const { Table } = await client.send(new DescribeTableCommand({ TableName }));
        return [[TableName, { isProtected: Table?.DeletionProtectionEnabled === true }] as const];
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return [];
        throw error;
      }
    }),
  );
  return new Map(found.flat());
}
