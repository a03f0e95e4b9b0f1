import { describe, expect, it } from 'vitest';
import { CONSOLE_ROUTES, ROUTES } from '../../lib/routes.ts';
import { RETENTION_DAYS, RETENTION_SPARE_MS } from '../../src/model/retention.ts';
import type { Action } from '../../src/protocols/rest/action.ts';
import { ALL_ACTIONS } from '../../src/protocols/rest/actions/index.ts';
import { neededFor } from '../../src/protocols/rest/console-calls.ts';
import { permissionsOf, type Resource, synthesized } from './synthesized.ts';

const deployment = synthesized({ cells: 2, accessKeys: true });

describe('a deployment', () => {
  it('has its stacks directly below the app, with the stage in their names', () => {
    const { stacks } = synthesized({ stage: 'prod', cells: 1 });

    expect(stacks.map(({ stackName }) => stackName)).toEqual([
      'rewindmq-prod-storage',
      'rewindmq-prod-service',
      'rewindmq-prod-background',
      'rewindmq-prod-watch',
    ]);
    expect(stacks.map(({ node }) => node.path)).toEqual(stacks.map(({ stackName }) => stackName));
  });

  it('makes a table with a stream for each cell, and none whose items leave by time but the ledger', () => {
    const tables = deployment.ofType('AWS::DynamoDB::GlobalTable').map(({ Properties }) => Properties);

    const summary = tables.map((table) => ({
      name: table['TableName'],
      stream: (table['StreamSpecification'] as { StreamViewType: string } | undefined)?.StreamViewType,
      expiry: table['TimeToLiveSpecification'],
      billing: table['BillingMode'],
    }));
    const stream = 'NEW_AND_OLD_IMAGES';
    expect(summary).toEqual([
      { name: 'rewindmq-dev-cell-0', stream, expiry: undefined, billing: 'PAY_PER_REQUEST' },
      { name: 'rewindmq-dev-cell-1', stream, expiry: undefined, billing: 'PAY_PER_REQUEST' },
      { name: 'rewindmq-dev-catalog', stream: undefined, expiry: undefined, billing: 'PAY_PER_REQUEST' },
      {
        name: 'rewindmq-dev-ledger',
        stream: undefined,
        expiry: { AttributeName: 't', Enabled: true },
        billing: 'PAY_PER_REQUEST',
      },
    ]);
  });

  it('keeps and protects everything that holds state', () => {
    const tables = deployment.ofType('AWS::DynamoDB::GlobalTable');
    const buckets = deployment.ofType('AWS::S3::Bucket');

    const policies = [...tables, ...buckets].map(({ DeletionPolicy, UpdateReplacePolicy }) => [
      DeletionPolicy,
      UpdateReplacePolicy,
    ]);
    expect(policies).toEqual(Array.from({ length: 5 }, () => ['RetainExceptOnCreate', 'Retain']));
    for (const { Properties } of tables) {
      expect(Properties['Replicas']).toMatchObject([
        { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
      ]);
    }
    expect(deployment.storage.terminationProtection).toBe(true);
  });

  it('encrypts tables and bucket, with a key of the account where that is asked for', () => {
    const withKey = synthesized({ cells: 1, encryption: 'customer-key', accessKeys: true });

    for (const { Properties } of deployment.ofType('AWS::DynamoDB::GlobalTable')) {
      expect(Properties['SSESpecification']).toEqual({ SSEEnabled: false });
    }
    expect(algorithmOf(deployment.ofType('AWS::S3::Bucket')[0])).toBe('AES256');
    expect(algorithmOf(withKey.ofType('AWS::S3::Bucket')[0])).toBe('aws:kms');
    for (const { Properties } of withKey.ofType('AWS::DynamoDB::GlobalTable')) {
      expect(Properties['SSESpecification']).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
      expect(Properties['Replicas']).toMatchObject([{ SSESpecification: { KMSMasterKeyId: expect.anything() } }]);
    }
    const kept = { DeletionPolicy: 'RetainExceptOnCreate', Properties: { EnableKeyRotation: true } };
    expect(withKey.ofType('AWS::KMS::Key')).toMatchObject([kept, kept]);
    expect(deployment.ofType('AWS::KMS::Key')).toMatchObject([kept]);
    expect(permissionsOf(withKey, 'Send')).toContain('kms:GenerateDataKey on key');
  });

  it('lets archived messages go when the period of their queue is over, and keeps the others', () => {
    const [bucket] = deployment.ofType('AWS::S3::Bucket');
    type Lifecycle = { Rules: { Prefix?: string; ExpirationInDays?: number; TagFilters?: object }[] };
    const { Rules } = (bucket?.Properties ?? {})['LifecycleConfiguration'] as Lifecycle;

    const kept = Rules.flatMap(({ Prefix, ExpirationInDays, TagFilters }) =>
      Prefix ? [[Prefix, ExpirationInDays, TagFilters]] : [],
    );
    const spareDays = RETENTION_SPARE_MS / 86_400_000;
    const archived = RETENTION_DAYS.map((days) => [`archive/${days}d/`, days + spareDays, EXPIRING]);
    expect(kept).toEqual([['rewinds/', 7, undefined], ...archived]);
  });

  it('closes the bucket to the public and to callers without TLS', () => {
    expect(deployment.ofType('AWS::S3::Bucket')[0]?.Properties['PublicAccessBlockConfiguration']).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    const [policy] = deployment.ofType('AWS::S3::BucketPolicy');
    expect(JSON.stringify(policy)).toContain('"aws:SecureTransport":"false"');
  });
});

/** What the archiver tags, and no rewind has tagged otherwise: a rule can ask that a tag is there, not that none is. */
const EXPIRING = [{ Key: 'expires', Value: 'yes' }];

const algorithmOf = (bucket: Resource | undefined): unknown =>
  /"SSEAlgorithm":"([^"]+)"/.exec(JSON.stringify(bucket))?.[1];

/** Calls whose functions scale, and have their permissions, apart. */
const SERVED_APART: Readonly<Record<string, string>> = {
  sendMessages: 'send',
  receiveMessages: 'receive',
  deleteMessages: 'delete',
  changeVisibility: 'delete',
};

describe('the front door', () => {
  it('has a route for each call of the API, served by the function that knows the call', () => {
    const servedBy = ({ id }: Action) => SERVED_APART[id] ?? 'admin';

    const served = ALL_ACTIONS.map((action) => `${action.method} ${action.path} by ${servedBy(action)}`);
    const routed = ROUTES.map((route) => `${route.method} ${route.path} by ${route.servedBy}`);
    expect(routed.toSorted()).toEqual(served.toSorted());
  });

  it('has a route for each call of a console, and for no other', () => {
    const wanted = ALL_ACTIONS.filter(({ id }) => neededFor(id) !== undefined);

    const served = wanted.map(({ method, path }) => `${method} /console/api${path}`);
    expect(CONSOLE_ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(served.toSorted());
  });

  it('asks for a signature of IAM or the token of a person, but where nothing is told and where no call is', () => {
    const routes = deployment.ofType('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties);

    const routesBy = (type: string) =>
      routes.flatMap((route) => (route['AuthorizationType'] === type ? [String(route['RouteKey'])] : []));
    const open = routesBy('NONE');
    const byToken = routesBy('JWT');
    expect(byToken).toEqual(CONSOLE_ROUTES.map(({ method, path }) => `${method} ${path}`));
    expect(open.length + byToken.length + routesBy('AWS_IAM').length).toBe(routes.length);
    expect(open.toSorted()).toEqual([
      '$default',
      'ANY /',
      'ANY /health',
      'ANY /openapi.json',
      'ANY /ready',
      'ANY /{account}/{queue}',
      'GET /console',
      'GET /console/assets/{file}',
      'GET /console/queues/{name}',
      'GET /console/queues/{name}/{tab}',
      'GET /console/{view}',
      'GET /health',
      'GET /openapi.json',
      'GET /ready',
    ]);
    expect(routes.filter((route) => /\+\}/.test(String(route['RouteKey'])))).toEqual([]);
  });

  it('logs caller and call but never a body, and bounds the size of a call', () => {
    const [stage] = deployment.ofType('AWS::ApiGatewayV2::Stage');

    expect(stage?.Properties['AccessLogSettings']).toMatchObject({ Format: expect.stringContaining('routeKey') });
    expect(JSON.stringify(stage?.Properties['AccessLogSettings'])).not.toMatch(/body|authorization/i);
    expect(stage?.Properties['DefaultRouteSettings']).toMatchObject({
      ThrottlingRateLimit: 10_000,
      ThrottlingBurstLimit: 5_000,
    });
  });

  it('is one function with a signed address where that is asked for, apart from keys and SQS', () => {
    const single = synthesized({ cells: 1, frontDoor: 'function-url', accessKeys: true });

    expect(single.ofType('AWS::ApiGatewayV2::Api')).toEqual([]);
    expect(single.ofType('AWS::Lambda::Url')).toMatchObject([
      { Properties: { AuthType: 'AWS_IAM', TargetFunctionArn: named('All') } },
      { Properties: { AuthType: 'AWS_IAM', TargetFunctionArn: named('Keys') } },
      { Properties: { AuthType: 'NONE', TargetFunctionArn: named('Sqs') } },
    ]);
    expect(permissionsOf(single, 'All')).toContain('dynamodb:Query on cell 0');
  });

  const named = (fn: string) => ({ 'Fn::GetAtt': [expect.stringMatching(fn), 'Arn'] });

  it('answers at a domain of the team', () => {
    const certificate = 'arn:aws:acm:us-east-1:123456789012:certificate/1234';

    const withDomain = synthesized({ cells: 1, domain: 'queue.example.com', certificate });

    expect(withDomain.ofType('AWS::ApiGatewayV2::DomainName')).toMatchObject([
      { Properties: { DomainName: 'queue.example.com' } },
    ]);
    expect(withDomain.ofType('AWS::ApiGatewayV2::ApiMapping')).toHaveLength(1);
  });
});

describe('what costs by itself', () => {
  const bare = synthesized({ cells: 2 });

  it('is left out unless it is asked for: keys, the calls that need them, traces, metrics of routes', () => {
    expect(bare.ofType('AWS::KMS::Key')).toEqual([]);
    expect(bare.ofType('AWS::Lambda::Function')).toHaveLength(10);
    const routes = bare.ofType('AWS::ApiGatewayV2::Route').map(({ Properties }) => String(Properties['RouteKey']));
    expect(routes.filter((route) => /\/keys|ANY \/$|account/.test(route))).toEqual([]);
    expect(settingsOfStage(bare)).toMatchObject({ DetailedMetricsEnabled: false });
    expect(JSON.stringify([...bare.resources.values()])).not.toMatch(/xray|"TracingConfig"/);
    const urls = synthesized({ cells: 1, frontDoor: 'function-url' }).ofType('AWS::Lambda::Url');
    expect(urls).toHaveLength(1);
  });

  it('comes when it is asked for', () => {
    const traced = synthesized({ cells: 1, tracing: true, routeMetrics: true });

    for (const { Properties } of traced.ofType('AWS::Lambda::Function')) {
      expect(Properties['TracingConfig']).toEqual({ Mode: 'Active' });
    }
    expect(settingsOfStage(traced)).toMatchObject({ DetailedMetricsEnabled: true });
  });

  const settingsOfStage = ({ ofType }: Pick<typeof bare, 'ofType'>) =>
    ofType('AWS::ApiGatewayV2::Stage')[0]?.Properties['DefaultRouteSettings'];
});

describe('the archiver', () => {
  it('follows each stream in order, without blocks, and gives up into the bucket', () => {
    const mappings = deployment.ofType('AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties);

    expect(mappings).toHaveLength(2);
    for (const mapping of mappings) {
      expect(mapping).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        ParallelizationFactor: 1,
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 30,
        MaximumRecordAgeInSeconds: 43_200,
        FilterCriteria: { Filters: [{ Pattern: '{"dynamodb":{"Keys":{"s":{"S":[{"anything-but":["-"]}]}}}}' }] },
        DestinationConfig: { OnFailure: { Destination: expect.anything() } },
      });
    }
  });
});

describe('functions', () => {
  it('run on the newest Node, on arm64, untraced, with logs that end', () => {
    const functions = deployment.ofType('AWS::Lambda::Function').map(({ Properties }) => Properties);

    expect(functions).toHaveLength(12);
    for (const one of functions) {
      expect(one).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        LoggingConfig: { LogFormat: 'JSON', LogGroup: expect.anything() },
      });
      expect(one['TracingConfig']).toBeUndefined();
    }
    for (const { Properties } of deployment.ofType('AWS::Logs::LogGroup')) {
      expect(Properties['RetentionInDays']).toBe(30);
    }
  });

  it('get processes of their own where that is asked for', () => {
    const reserved = synthesized({ cells: 1, reservedConcurrency: 50, accessKeys: true }).ofType(
      'AWS::Lambda::Function',
    );

    const own = reserved.map(({ Properties }) => [
      Properties['FunctionName'],
      Properties['ReservedConcurrentExecutions'],
    ]);
    const shared = ['unrouted', 'pages', 'archiver', 'controller', 'rewinder'];
    expect(
      own
        .filter(([, processes]) => processes === undefined)
        .map(([name]) => String(name))
        .toSorted(),
    ).toEqual(shared.map((name) => `rewindmq-dev-${name}`).toSorted());
    expect(own.filter(([, processes]) => processes === 50)).toHaveLength(7);
  });

  it('wake the controller each minute, and repeat no minute that failed', () => {
    expect(deployment.ofType('AWS::Lambda::EventInvokeConfig')).toMatchObject([
      { Properties: { FunctionName: { Ref: expect.stringMatching('Controller') }, MaximumRetryAttempts: 0 } },
    ]);
    expect(deployment.ofType('AWS::Scheduler::Schedule')).toMatchObject([
      { Properties: { ScheduleExpression: 'rate(1 minute)' } },
    ]);
  });
});
