/**
 * Deployments that fail at each point where they can, on moto's CloudFormation, and then the same command again: the
 * templates are real, the look at the account and the plan are those of `npm run deploy`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AccountFacts, lookAtAccount } from '../../lib/deploy/facts.ts';
import { missingProtection, planDeployment } from '../../lib/deploy/plan.ts';
import { parseSettings } from '../../lib/settings.ts';
import { prepared } from '../lib/synthesized.ts';
import { Account } from './account.ts';
import { CloudFormation, type Failure } from './cloudformation.ts';
import { Engine } from './engine.ts';

const { DYNAMODB_ENDPOINT = '' } = process.env;
/** Everything that holds state, keys included. */
const CONTEXT = { cells: 2, accessKeys: true, encryption: 'customer-key' };
const SETTINGS = parseSettings(CONTEXT);
const STACKS = ['storage', 'background', 'service', 'watch'].map((part) => `rewindmq-dev-${part}`);
const PASSES = ['off', 'on'] as const;

const folder = mkdtempSync(join(tmpdir(), 'rewindmq-failed-'));
let cloudFormation: CloudFormation;
let account: Account;
const seen = { covered: new Set<string>(), uncovered: new Set<string>() };

beforeAll(() => {
  for (const protection of PASSES) prepared({ ...CONTEXT, protection }, join(folder, protection))[0].synth();
  prepared({ ...CONTEXT, cells: 3 }, join(folder, 'larger'))[0].synth();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  console.log(`ran on moto's CloudFormation: ${[...seen.covered].toSorted().join(', ')}`);
  console.log(`not covered there: ${[...seen.uncovered].toSorted().join(', ')}, and updates of tables but protection`);
});

/** An empty account. */
async function givenAccount(): Promise<void> {
  await new Engine(DYNAMODB_ENDPOINT).reset();
  cloudFormation = new CloudFormation(DYNAMODB_ENDPOINT);
  account = await Account.open(DYNAMODB_ENDPOINT, (name) => {
    const state = cloudFormation.states.get(name);
    return state === undefined
      ? undefined
      : { state, isTerminationProtected: cloudFormation.terminationProtected.has(name) };
  });
  vi.stubEnv('AWS_ENDPOINT_URL', account.url);
}

afterEach(() => {
  vi.unstubAllEnvs();
  account.close();
  for (const type of cloudFormation.covered) seen.covered.add(type);
  for (const type of cloudFormation.uncovered) seen.uncovered.add(type);
});

/** What `cdk bootstrap` leaves that a deployment reads. */
async function bootstrap(): Promise<void> {
  const parameter = { Name: '/cdk-bootstrap/hnb659fds/version', Value: '21', Type: 'String' } as const;
  await new SSMClient().send(new PutParameterCommand(parameter));
}

/** `npm run deploy`, without its questions: returns what it saw first, and whether it came to its end. */
async function deploy(
  failure?: Failure & { readonly pass?: (typeof PASSES)[number] },
): Promise<[AccountFacts, boolean]> {
  const facts = await lookAtAccount(SETTINGS);
  for (const { protection } of planDeployment(SETTINGS, facts).passes) {
    const fails = failure?.pass === undefined || failure.pass === protection ? failure : undefined;
    for (const stack of STACKS) {
      if (!(await cloudFormation.deploy(join(folder, protection), stack, fails))) return [facts, false];
    }
    if (protection === 'on') cloudFormation.terminationProtected.add('rewindmq-dev-storage');
  }
  return [facts, true];
}

async function expectComplete(): Promise<void> {
  const facts = await lookAtAccount(SETTINGS);
  expect(missingProtection(SETTINGS, facts)).toEqual([]);
  expect([...facts.tables.keys()].length).toBe(4);
  const unfinished = STACKS.filter(
    (stack) => !/^(CREATE|UPDATE)_COMPLETE$/.test(cloudFormation.states.get(stack) ?? ''),
  );
  expect(unfinished).toEqual([]);
}

/** By the first column of the runbook's table: how to fail there, and what the repeated command has to find. */
const FAILURES: Readonly<Record<string, () => Promise<void>>> = {
  'credentials, Region, bootstrap': async () => {
    await expect(deploy()).rejects.toThrow('npx cdk bootstrap aws://123456789012/us-east-1');
    expect(cloudFormation.states.size).toBe(0);

    await bootstrap();
    expect(await deploy()).toEqual([expect.objectContaining({ storage: 'absent' }), true]);
  },
  'the storage stack, where somebody interrupted `deploy`': async () => {
    await bootstrap();
    expect((await deploy({ stack: 'rewindmq-dev-storage' }))[1]).toBe(false);
    cloudFormation.states.set('rewindmq-dev-storage', 'ROLLBACK_IN_PROGRESS');
    await expect(deploy()).rejects.toThrow('Repeat the command when it has ended');

    cloudFormation.states.set('rewindmq-dev-storage', 'ROLLBACK_COMPLETE');
    expect(await deploy()).toEqual([expect.objectContaining({ storage: 'incomplete' }), true]);
  },
  'the storage stack': async () => {
    await bootstrap();
    expect((await deploy({ stack: 'rewindmq-dev-storage' }))[1]).toBe(false);

    const [facts, isComplete] = await deploy();
    expect([facts.storage, facts.tables.size, isComplete]).toEqual(['incomplete', 0, true]);
  },
  'the storage stack, and its rollback': async () => {
    await bootstrap();
    expect((await deploy({ stack: 'rewindmq-dev-storage', doesRollbackFail: true }))[1]).toBe(false);
    const { storage, tables } = await lookAtAccount(SETTINGS);
    expect([storage, [...tables.values()].some(({ isProtected }) => isProtected)]).toEqual(['incomplete', false]);

    expect((await deploy())[1]).toBe(true);
  },
  'background, service or watch': async () => {
    for (const stack of STACKS.slice(1)) {
      account.close();
      await givenAccount();
      await bootstrap();
      expect((await deploy({ stack }))[1]).toBe(false);

      const [facts, isComplete] = await deploy();
      expect([stack, facts.storage, facts.tables.size, isComplete]).toEqual([stack, 'complete', 4, true]);
      await expectComplete();
    }
  },
  'the second pass': async () => {
    await bootstrap();
    expect((await deploy({ stack: 'rewindmq-dev-storage', pass: 'on' }))[1]).toBe(false);
    expect(missingProtection(SETTINGS, await lookAtAccount(SETTINGS)).length).toBe(5);

    expect(await deploy()).toEqual([expect.objectContaining({ storage: 'complete' }), true]);
  },
};

describe('a deployment that failed is finished by the same command, after a failure at', () => {
  it.each(Object.entries(FAILURES))('%s', async (_, failAndRepeat) => {
    await givenAccount();

    await failAndRepeat();

    await expectComplete();
  });
});

describe('a complete deployment', () => {
  it('is made again around its storage, and takes another cell', async () => {
    await givenAccount();
    await bootstrap();
    await deploy();

    for (const stack of STACKS.slice(1).toReversed()) await cloudFormation.delete(stack);
    const [facts, isComplete] = await deploy();

    expect([facts.storage, facts.isTerminationProtected, isComplete]).toEqual(['complete', true, true]);
    await expectComplete();
    for (const stack of STACKS) expect(await cloudFormation.deploy(join(folder, 'larger'), stack)).toBe(true);
    expect((await lookAtAccount(parseSettings({ ...CONTEXT, cells: 3 }))).tables.size).toBe(5);
  });
});

describe('the runbook', () => {
  it('has a row for each of these failures', () => {
    const [, section = ''] = readFileSync('docs/runbook.md', 'utf8').split('## A first deployment failed\n');
    const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| ([^|]+) \|/gm)].map(([, first]) => first);

    expect(rows.slice(2)).toEqual(Object.keys(FAILURES));
  });
});
