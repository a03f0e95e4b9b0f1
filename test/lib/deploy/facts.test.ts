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
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { lookAtAccount } from '../../../lib/deploy/facts.ts';
import { parseSettings } from '../../../lib/settings.ts';

const sts = mockClient(STSClient);
const ssm = mockClient(SSMClient);
const lambda = mockClient(LambdaClient);
const formation = mockClient(CloudFormationClient);
const dynamo = mockClient(DynamoDBClient);
const settings = parseSettings({ cells: 2 });
const region = process.env['AWS_REGION'];

beforeEach(() => {
  process.env['AWS_REGION'] = 'eu-west-1';
  for (const mock of [sts, ssm, lambda, formation, dynamo]) mock.reset();
  sts.on(GetCallerIdentityCommand).resolves({ Account: '123456789012' });
  ssm.on(GetParameterCommand).rejects(new ParameterNotFound({ message: 'none', $metadata: {} }));
  const AccountLimit = { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 };
  lambda.on(GetAccountSettingsCommand).resolves({ AccountLimit });
  lambda.on(GetFunctionConcurrencyCommand).rejects(new FunctionMissing({ message: 'none', $metadata: {} }));
  formation.on(GetTemplateCommand).resolves({ TemplateBody: JSON.stringify({ Resources: { Bucket: {} } }) });
  formation.on(DescribeStacksCommand).rejects(new Error('Stack with id rewindmq-dev-storage does not exist'));
  dynamo.on(DescribeTableCommand).rejects(new ResourceNotFoundException({ message: 'none', $metadata: {} }));
});

afterAll(() => {
  for (const mock of [sts, ssm, lambda, formation, dynamo]) mock.restore();
  if (region === undefined) delete process.env['AWS_REGION'];
  else process.env['AWS_REGION'] = region;
});

describe('a look at an account', () => {
  it('finds nothing in one that is empty', async () => {
    expect(await lookAtAccount(settings)).toEqual({
      account: '123456789012',
      region: 'eu-west-1',
      isBootstrapped: false,
      concurrency: { limit: 10, unreserved: 10, ofReceives: 0 },
      storage: 'absent',
      isTerminationProtected: false,
      deployedWarmth: {},
      tables: new Map(),
    });
  });

  it.each([
    ['ROLLBACK_COMPLETE', 'incomplete'],
    ['REVIEW_IN_PROGRESS', 'incomplete'],
    ['CREATE_COMPLETE', 'complete'],
    ['UPDATE_ROLLBACK_COMPLETE', 'complete'],
    ['UPDATE_IN_PROGRESS', 'complete'],
    ['ROLLBACK_IN_PROGRESS', 'busy'],
  ] as const)('takes a stack in %s as %s', async (StackStatus, storage) => {
    const stack = { StackName: 'x', CreationTime: new Date(0), StackStatus, EnableTerminationProtection: true };
    formation.on(DescribeStacksCommand).resolves({ Stacks: [stack] });

    expect(await lookAtAccount(settings)).toMatchObject({ storage, isTerminationProtected: true });
  });

  it('finds the bootstrap, and the tables with their protection', async () => {
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: '30' } });
    const name = { TableName: 'rewindmq-dev-cell-1' };
    dynamo.on(DescribeTableCommand, name).resolves({ Table: { DeletionProtectionEnabled: true } });

    const { isBootstrapped, tables } = await lookAtAccount(settings);

    expect(isBootstrapped).toBe(true);
    expect([...tables]).toEqual([['rewindmq-dev-cell-1', { isProtected: true }]]);
  });

  it('finds what the deployment has reserved for receives', async () => {
    const FunctionName = 'rewindmq-dev-receive';
    lambda.on(GetFunctionConcurrencyCommand, { FunctionName }).resolves({ ReservedConcurrentExecutions: 400 });

    expect(await lookAtAccount(settings)).toMatchObject({ concurrency: { unreserved: 10, ofReceives: 400 } });
  });

  it('finds what tables take, and what they were deployed with', async () => {
    const stack = { StackName: 'x', CreationTime: new Date(0), StackStatus: 'CREATE_COMPLETE' as const };
    formation.on(DescribeStacksCommand).resolves({ Stacks: [stack] });
    const Table = { Properties: { WarmThroughput: { WriteUnitsPerSecond: 8_000 } } };
    formation.on(GetTemplateCommand).resolves({ TemplateBody: JSON.stringify({ Resources: { Bucket: {}, Table } }) });
    const WarmThroughput = { WriteUnitsPerSecond: 20_000, ReadUnitsPerSecond: 12_000 };
    dynamo.on(DescribeTableCommand).resolves({ Table: { WarmThroughput } });

    const { deployedWarmth, tables } = await lookAtAccount(settings);

    expect(deployedWarmth).toEqual({ warmWrites: 8_000 });
    expect(tables.get('rewindmq-dev-cell-0')).toMatchObject({ warmWrites: 20_000, warmReads: 12_000 });
  });

  it('hands on what it may not see', async () => {
    lambda.on(GetAccountSettingsCommand).rejects(new Error('not authorized to perform: lambda:GetAccountSettings'));

    await expect(lookAtAccount(settings)).rejects.toThrow('lambda:GetAccountSettings');
  });
});
