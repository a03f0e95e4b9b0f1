import { describe, expect, it } from 'vitest';
import { ACCESS, joinAccess } from '../../lib/access.ts';
import { pricedDeployment } from '../../lib/deploy/price.ts';
import { parseSettings } from '../../lib/settings.ts';
import { permissionsOf, type Resource, secretsOf, synthesized } from './synthesized.ts';

const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:orders';
const SQS_QUEUE = 'https://sqs.eu-west-1.amazonaws.com/123456789012/billing';
const TARGETS = [`orders*=${FUNCTION}`, `billing=${SQS_QUEUE}`, '*=https://hooks.example.com'].join();
const EVERY_FUNCTION = ['logs:CreateLogStream on its log', 'logs:PutLogEvents on its log'];

const pushing = synthesized({ cells: 2, targets: TARGETS, dispatchers: 20 });
const functionNamed = (name: string): Resource | undefined =>
  pushing
    .ofType('AWS::Lambda::Function')
    .find(({ Properties }) => Properties['FunctionName'] === `rewindmq-dev-${name}`);
const variablesOf = (name: string): Readonly<Record<string, string>> => {
  const environment = functionNamed(name)?.Properties['Environment'] as
    | { Variables: Record<string, string> }
    | undefined;
  return environment?.Variables ?? {};
};

describe('a deployment without targets', () => {
  const silent = synthesized({ cells: 2 });

  it('has nothing that pushes', () => {
    const names = silent.ofType('AWS::Lambda::Function').map(({ Properties }) => String(Properties['FunctionName']));

    expect(names.filter((name) => /dispatcher|waker|sender/.test(name))).toEqual([]);
    expect(silent.ofType('AWS::Lambda::EventSourceMapping')).toHaveLength(2);
    expect(JSON.stringify([...silent.resources.values()])).not.toMatch(/TARGETS|DISPATCHER_FUNCTION/);
  });
});

describe('a deployment with targets', () => {
  const dynamo = (actions: readonly string[], ...names: readonly string[]) =>
    names.flatMap((name) => actions.map((action) => `dynamodb:${action} on ${name}`));

  it('lets the dispatcher call exactly what the setting names', () => {
    const access = joinAccess(['receive', 'delete', 'push']);
    const calls = permissionsOf(pushing, 'Dispatcher').filter((one) => /^(lambda|sqs):/.test(one));

    expect(calls).toEqual([
      `lambda:InvokeFunction on ${FUNCTION}`,
      'lambda:InvokeFunction on dispatcher',
      'lambda:InvokeFunction on sender',
      expect.stringMatching(/^sqs:SendMessage on .*:sqs:eu-west-1:123456789012:billing/),
    ]);
    expect(permissionsOf(pushing, 'Dispatcher').filter((one) => one.startsWith('dynamodb:'))).toEqual(
      [
        ...dynamo(access.cells, 'cell 0', 'cell 1'),
        ...dynamo(access.catalog, 'catalog'),
        ...dynamo(access.ledger, 'ledger'),
      ].toSorted(),
    );
  });

  it('lets calls of REST seal signing keys, and the dispatcher alone open them', () => {
    expect(secretsOf(pushing, 'Admin')).toEqual([['kms:Encrypt', 'signing-key']]);
    expect(secretsOf(pushing, 'Dispatcher')).toEqual([['kms:Decrypt', 'signing-key']]);
    for (const name of ['Send', 'Receive', 'Delete', 'Console', 'Waker', 'Controller', 'Archiver']) {
      expect(permissionsOf(pushing, name).filter((one) => one.startsWith('kms:'))).toEqual([]);
    }
  });

  it('keeps both kinds of keys apart that the same KMS key seals', () => {
    const both = synthesized({ cells: 1, accessKeys: true, targets: TARGETS });

    expect(both.ofType('AWS::KMS::Key')).toHaveLength(1);
    expect(['Keys', 'Sqs', 'Admin', 'Dispatcher'].map((name) => secretsOf(both, name))).toEqual([
      [['kms:Encrypt', 'access-key']],
      [['kms:Decrypt', 'access-key']],
      [['kms:Encrypt', 'signing-key']],
      [['kms:Decrypt', 'signing-key']],
    ]);
  });

  it('pays for no KMS key while no endpoint is among them', () => {
    const functions = { cells: 1, targets: `orders*=${FUNCTION},billing=${SQS_QUEUE}` };

    expect(synthesized(functions).ofType('AWS::KMS::Key')).toEqual([]);
    expect(pricedDeployment(parseSettings(functions)).keys).toBe(0);
    expect(pricedDeployment(parseSettings({ cells: 1, targets: TARGETS })).keys).toBe(1);
  });

  it('lets the sender do nothing', () => {
    expect(permissionsOf(pushing, 'Sender')).toEqual(EVERY_FUNCTION);
    expect(Object.keys(variablesOf('sender')).toSorted()).toEqual(['NODE_OPTIONS', 'STAGE']);
  });

  it('lets the waker follow streams, note, and call dispatchers', () => {
    const streams = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];

    expect(permissionsOf(pushing, 'Waker')).toEqual(
      [
        ...EVERY_FUNCTION,
        ...dynamo(streams, 'cell 0 stream', 'cell 1 stream'),
        ...dynamo(ACCESS.wake.catalog, 'catalog'),
        ...dynamo(ACCESS.wake.ledger, 'ledger'),
        'lambda:InvokeFunction on dispatcher',
      ].toSorted(),
    );
  });

  it('passes the setting only to functions that wake dispatchers', () => {
    const told = pushing.ofType('AWS::Lambda::Function').flatMap(({ Properties }) => {
      const { Variables } = Properties['Environment'] as { Variables: Record<string, string> };
      return Variables['TARGETS'] === TARGETS ? [String(Properties['FunctionName'])] : [];
    });

    expect(told.toSorted()).toEqual(
      ['admin', 'console', 'controller', 'dispatcher', 'waker'].map((name) => `rewindmq-dev-${name}`),
    );
  });

  it('wakes by deliveries with the mark alone, and at once', () => {
    const marked = pushing
      .ofType('AWS::Lambda::EventSourceMapping')
      .filter(({ Properties }) => JSON.stringify(Properties['FunctionName']).includes('Waker'));

    expect(marked).toHaveLength(2);
    for (const { Properties } of marked) {
      const { Filters } = Properties['FilterCriteria'] as { Filters: { Pattern: string }[] };
      expect(Filters.map(({ Pattern }) => JSON.parse(Pattern) as unknown)).toEqual([
        { dynamodb: { NewImage: { q: { N: [{ exists: true }] } } } },
      ]);
      expect(Properties['MaximumBatchingWindowInSeconds']).toBeUndefined();
    }
  });

  it('repeats no call of a dispatcher, bounds how many run, and lets one call its successor', () => {
    const [config] = pushing
      .ofType('AWS::Lambda::EventInvokeConfig')
      .filter(({ Properties }) => JSON.stringify(Properties['FunctionName']).includes('Dispatcher'));

    expect(config?.Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    expect(functionNamed('dispatcher')?.Properties).toMatchObject({
      Timeout: 900,
      ReservedConcurrentExecutions: 20,
      RecursiveLoop: 'Allow',
    });
    expect(variablesOf('dispatcher')).toMatchObject({ DISPATCHERS: '20', SENDER_FUNCTION: 'rewindmq-dev-sender' });
  });
});
