import { describe, expect, it } from 'vitest';
import { ACCESS, joinAccess } from '../../lib/access.ts';
import { permissionsOf, type Statement, synthesized } from './synthesized.ts';

const deployment = synthesized({ cells: 2, accessKeys: true });
const EVERY_FUNCTION = ['logs:CreateLogStream on its log', 'logs:PutLogEvents on its log'];

describe('permissions', () => {
  const dynamo = (actions: readonly string[], ...names: readonly string[]) =>
    names.flatMap((name) => actions.map((action) => `dynamodb:${action} on ${name}`));
  const CELLS = ['cell 0', 'cell 1'];
  const WAKE = 'lambda:InvokeFunction on controller';
  const START = 'states:StartExecution on rewinds';
  const KEEP = 's3:PutObjectTagging on bucket/archive/*';
  /** An object whose block was refused is taken back. */
  const PAYLOADS = ['s3:PutObject on bucket/payloads/*', 's3:DeleteObject on bucket/payloads/*'];
  const READS = ['s3:GetObject on bucket/payloads/*', 's3:GetObject on bucket/archive/*', 's3:ListBucket on bucket'];

  it.each([
    ['Send', ACCESS.send, [WAKE, ...PAYLOADS]],
    ['Receive', ACCESS.receive, [WAKE, ...READS]],
    ['Delete', ACCESS.delete, [WAKE]],
    ['Admin', ACCESS.admin, [WAKE, ...READS, START]],
    ['Rewinder', ACCESS.rewind, [...READS, KEEP, 's3:PutObject on bucket/rewinds/*']],
    ['Keys', ACCESS.keys, ['kms:Encrypt on key']],
    ['Console', joinAccess(['send', 'admin']), [WAKE, ...READS, START, ...PAYLOADS]],
    [
      'Sqs',
      joinAccess(['send', 'receive', 'delete', 'sqs']),
      [WAKE, ...READS, START, ...PAYLOADS, 'kms:Decrypt on key'],
    ],
    [
      'Controller',
      ACCESS.control,
      [
        's3:DeleteObject on bucket/archive/*',
        's3:DeleteObject on bucket/payloads/*',
        's3:GetObject on bucket/archive/*',
        's3:ListBucket on bucket',
        's3:PutObject on bucket/archive/*',
        KEEP,
      ],
    ],
  ])('let %s take its steps and nothing else', (role, access, others) => {
    const allowed = permissionsOf(deployment, role);

    expect(allowed).toEqual(
      [
        ...EVERY_FUNCTION,
        ...others,
        ...dynamo(access.cells, ...CELLS),
        ...dynamo(access.catalog, 'catalog'),
        ...dynamo(access.ledger, 'ledger'),
      ].toSorted(),
    );
  });

  it('let calls to no route, which are open, reach nothing', () => {
    const [route] = deployment
      .ofType('AWS::ApiGatewayV2::Route')
      .filter(({ Properties }) => Properties['RouteKey'] === '$default');

    expect(JSON.stringify(route?.Properties['Target'])).toContain('unrouted');
    expect(permissionsOf(deployment, 'Unrouted')).toEqual(EVERY_FUNCTION.toSorted());
  });

  it('let the archiver follow streams, archive, clean up, and put batches aside', () => {
    const allowed = permissionsOf(deployment, 'Archiver');

    const streams = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
    expect(allowed).toEqual(
      [
        ...EVERY_FUNCTION,
        ...READS,
        KEEP,
        's3:DeleteObject on bucket/payloads/*',
        's3:PutObject on bucket/archive/*',
        's3:PutObject on bucket/aws/lambda/*',
        ...dynamo(streams, 'cell 0 stream', 'cell 1 stream'),
        ...dynamo(ACCESS.archive.cells, ...CELLS),
        ...dynamo(ACCESS.archive.catalog, 'catalog'),
        ...dynamo(ACCESS.archive.ledger, 'ledger'),
      ].toSorted(),
    );
  });

  it('let the function that serves files to everyone do nothing but log', () => {
    expect(permissionsOf(deployment, 'Pages')).toEqual(EVERY_FUNCTION);
    const [, pages] = [...deployment.resources].find(([id]) => /service\/Pages[0-9A-F]{8}$/.test(id)) ?? [];
    expect(JSON.stringify(pages?.Properties['Environment'])).not.toMatch(/TABLE|BUCKET|MACHINE|FUNCTION/);
  });

  it('let a sender add to cells and read nothing of them', () => {
    const allowed = permissionsOf(deployment, 'Send').filter((one) => one.includes('cell'));

    expect(allowed).toEqual(['dynamodb:BatchWriteItem on cell 0', 'dynamodb:BatchWriteItem on cell 1']);
  });

  it('name no action by a wildcard, and everything as a resource only for traces that were asked for', () => {
    const statements = synthesized({ cells: 1, accessKeys: true, tracing: true })
      .ofType('AWS::IAM::Policy')
      .flatMap(({ Properties }) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);

    expect(statements.length).toBeGreaterThan(10);
    expect(statements.filter(({ Action }) => [Action].flat().some((action) => action.includes('*')))).toEqual([]);
    const onEverything = statements.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action);
    expect(new Set(onEverything)).toEqual(new Set(['xray:PutTraceSegments', 'xray:PutTelemetryRecords']));
  });

  it('come in no managed policy', () => {
    const roles = deployment.ofType('AWS::IAM::Role');

    expect(roles.filter(({ Properties }) => Properties['ManagedPolicyArns'] !== undefined)).toEqual([]);
  });
});
