import { CloudFormationClient, DescribeStacksCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
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
 * `absent`: CloudFormation knows no such stack. `incomplete`: its first deployment never succeeded, so it holds nothing
 * of value. `complete`: it may hold messages. `busy`: CloudFormation is creating or removing it, and it will be one of
 * the others.
 */
export type StackState = 'absent' | 'incomplete' | 'complete' | 'busy';

/** Units a second that a table takes at once, if known. */
export interface Warmth {
  readonly warmWrites?: number | undefined;
  readonly warmReads?: number | undefined;
}

/** The state of an account before a deployment changes anything. */
export interface AccountFacts {
  readonly account: string;
  readonly region: string;
  /** Whether `cdk bootstrap` was run there. */
  readonly isBootstrapped: boolean;
  /** Concurrent processes of all functions of the account, and the unreserved part of them. */
  readonly concurrency: {
    readonly limit: number;
    readonly unreserved: number;
    /** Processes that the existing deployment has reserved for receives; 0 without one. */
    readonly ofReceives: number;
  };
  readonly storage: StackState;
  readonly isTerminationProtected: boolean;
  /** Warm throughput of the deployed storage stack; empty without a stack, or without that setting. */
  readonly deployedWarmth: Warmth;
  /** Existing tables of the deployment: whether each is protected, and its throughput. */
  readonly tables: ReadonlyMap<string, Warmth & { readonly isProtected: boolean }>;
}

/** Where `cdk bootstrap` stores its version; the CDK reads it there too. */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';

/** States of a stack whose creation failed or never began. */
const INCOMPLETE = ['CREATE_FAILED', 'REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED'];

/** States in which a creation or a deletion has not ended. A complete stack stays complete during an update. */
const BUSY = ['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'DELETE_IN_PROGRESS'];

/** Names of the tables of a deployment. */
export const tableNames = (settings: Settings): string[] => {
  const { cells, removedCells = [] } = settings;
  const kept = Array.from({ length: cells }, (_, number) => number).filter((number) => !removedCells.includes(number));
  return [...kept.map((number) => `cell-${number}`), 'catalog', 'ledger'].map((part) => nameOf(settings, part));
};

/**
 * Looks at the account of the environment's credentials. Changes nothing.
 * @throws the SDK's errors: no credentials, no Region, a missing right
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

type StackFacts = Pick<AccountFacts, 'storage' | 'isTerminationProtected' | 'deployedWarmth'>;

async function lookAtStack(StackName: string): Promise<StackFacts> {
  const client = new CloudFormationClient();
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const { StackStatus = '', EnableTerminationProtection = false } = Stacks[0] ?? {};
    const storage = stateOf(StackStatus);
    const { TemplateBody = '{}' } =
      storage === 'complete' ? await client.send(new GetTemplateCommand({ StackName })) : {};
    return { storage, isTerminationProtected: EnableTerminationProtection, deployedWarmth: warmthIn(TemplateBody) };
  } catch (error) {
    // CloudFormation has no error class of its own for this.
    if (error instanceof Error && /does not exist/.test(error.message)) {
      return { storage: 'absent', isTerminationProtected: false, deployedWarmth: {} };
    }
    throw error;
  }
}

function stateOf(status: string): StackState {
  if (BUSY.includes(status)) return 'busy';
  return INCOMPLETE.includes(status) ? 'incomplete' : 'complete';
}

/** The first table that sets its warm throughput: all cells are deployed with the same. */
function warmthIn(template: string): Warmth {
  const { Resources = {} } = JSON.parse(template) as { Resources?: Readonly<Record<string, TemplateTable>> };
  const [warm] = Object.values(Resources).flatMap(({ Properties }) => Properties?.WarmThroughput ?? []);
  return { warmWrites: warm?.WriteUnitsPerSecond, warmReads: warm?.ReadUnitsPerSecond };
}

interface TemplateTable {
  readonly Properties?: {
    readonly WarmThroughput?: { readonly WriteUnitsPerSecond?: number; readonly ReadUnitsPerSecond?: number };
  };
}

async function lookAtTables(settings: Settings): Promise<AccountFacts['tables']> {
  const client = new DynamoDBClient();
  const found = await Promise.all(
    tableNames(settings).map(async (TableName) => {
      try {
        const { Table } = await client.send(new DescribeTableCommand({ TableName }));
        const { WriteUnitsPerSecond, ReadUnitsPerSecond } = Table?.WarmThroughput ?? {};
        const warmth = { warmWrites: WriteUnitsPerSecond, warmReads: ReadUnitsPerSecond };
        return [[TableName, { isProtected: Table?.DeletionProtectionEnabled === true, ...warmth }] as const];
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return [];
        throw error;
      }
    }),
  );
  return new Map(found.flat());
}
