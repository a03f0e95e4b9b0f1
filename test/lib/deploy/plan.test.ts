import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contextOf, refusalOf, settingsFor } from '../../../lib/deploy/arguments.ts';
import type { AccountFacts } from '../../../lib/deploy/facts.ts';
import { DeploymentRefused, missingProtection, planDeployment } from '../../../lib/deploy/plan.ts';
import { monthlyBasePrice } from '../../../lib/deploy/price.ts';
import { parseSettings, reservedForReceives } from '../../../lib/settings.ts';

const EMPTY_ACCOUNT: AccountFacts = {
  account: '123456789012',
  region: 'eu-west-1',
  isBootstrapped: true,
  concurrency: { limit: 1_000, unreserved: 1_000, ofReceives: 0 },
  storage: 'absent',
  isTerminationProtected: false,
  deployedWarmth: {},
  tables: new Map(),
};
const settings = parseSettings({});

describe('the plan of a deployment', () => {
  it.each(['absent', 'incomplete'] as const)(
    'protects a storage stack that is %s only behind its success',
    (storage) => {
      const { passes } = planDeployment(settings, { ...EMPTY_ACCOUNT, storage });

      expect(passes.map(({ protection }) => protection)).toEqual(['off', 'on']);
    },
  );

  it('waits for CloudFormation, because nobody knows yet whether the storage stack will hold anything', () => {
    const plan = () => planDeployment(settings, { ...EMPTY_ACCOUNT, storage: 'busy' });

    expect(plan).toThrow(/still creating or removing stack rewindmq-dev-storage\. Repeat the command/);
  });

  it('never turns off the protection of a deployment that exists', () => {
    const { passes } = planDeployment(settings, { ...EMPTY_ACCOUNT, storage: 'complete' });

    expect(passes.map(({ protection }) => protection)).toEqual(['on']);
  });

  it('takes one pass where everything may be destroyed', () => {
    const { passes } = planDeployment(parseSettings({ removal: 'destroy' }), EMPTY_ACCOUNT);

    expect(passes.map(({ protection }) => protection)).toEqual(['off']);
  });

  it('refuses an account without bootstrap, and names the command', () => {
    const look = () => planDeployment(settings, { ...EMPTY_ACCOUNT, isBootstrapped: false });

    expect(look).toThrow('Run once: npx cdk bootstrap aws://123456789012/eu-west-1');
  });

  it('refuses tables that no stack owns, by name', () => {
    const tables = new Map([['rewindmq-dev-catalog', { isProtected: true }]]);

    expect(() => planDeployment(settings, { ...EMPTY_ACCOUNT, tables })).toThrow(/rewindmq-dev-catalog/);
    expect(() => planDeployment(settings, { ...EMPTY_ACCOUNT, storage: 'complete', tables })).not.toThrow();
  });

  it('says what a small quota serves, and refuses reservations that do not fit with ones that do', () => {
    const small = { ...EMPTY_ACCOUNT, concurrency: { limit: 10, unreserved: 10, ofReceives: 0 } };
    const reserved = parseSettings({ reservedConcurrency: 200, accessKeys: true });

    expect(planDeployment(settings, small).notes.join(' ')).toMatch(/10 waiting receives/);
    expect(() => planDeployment(reserved, small)).toThrow(/leave the setting out/);
    expect(() => planDeployment(reserved, EMPTY_ACCOUNT)).toThrow(/-c reservedConcurrency=128 fits/);
    expect(() =>
      planDeployment(parseSettings({ reservedConcurrency: 128, accessKeys: true }), EMPTY_ACCOUNT),
    ).not.toThrow();
  });

  it('gives receives half of what the account has, and the same again when it is deployed again', () => {
    const first = planDeployment(settings, EMPTY_ACCOUNT);
    const reserved = { limit: 1_000, unreserved: 500, ofReceives: 500 };
    const again = planDeployment(settings, { ...EMPTY_ACCOUNT, storage: 'complete', concurrency: reserved });

    expect(first.settings).toEqual({ receiveProcesses: 500 });
    expect(again.settings).toEqual({ receiveProcesses: 500 });
    expect(first.notes.join(' ')).toMatch(/Receives take at most 500 processes, .* reserved for the function/);
  });

  it.each([10, 200])('reserves none of them where the account has %i processes', (limit) => {
    const concurrency = { limit, unreserved: limit, ofReceives: 0 };

    const plan = planDeployment(settings, { ...EMPTY_ACCOUNT, concurrency });

    expect(plan.settings).toEqual({ receiveProcesses: limit / 2 });
    expect(reservedForReceives({ ...settings, ...plan.settings })).toBeUndefined();
    expect(plan.notes.join(' ')).toMatch(/none of them reserved/);
  });

  it('leaves the processes of receives to the settings that name them, and refuses what does not fit', () => {
    const given = (context: Record<string, number>) => planDeployment(parseSettings(context), EMPTY_ACCOUNT);

    expect(given({ receiveProcesses: 900 }).settings).toEqual({});
    expect(given({ reservedConcurrency: 50 }).settings).toEqual({});
    expect(() => given({ receiveProcesses: 901 })).toThrow(/asks for 901 processes; 900 can be reserved here/);
  });

  it('refuses to make a table take less than it does, but no setting that stays as it was deployed', () => {
    const tables = new Map([
      ['rewindmq-dev-cell-0', { isProtected: true, warmWrites: 20_000, warmReads: 12_000 }],
      ['rewindmq-dev-catalog', { isProtected: true, warmWrites: 30_000 }],
    ]);
    const facts = { ...EMPTY_ACCOUNT, storage: 'complete', deployedWarmth: { warmWrites: 8_000 }, tables } as const;
    const plan = (warmth: Readonly<Record<string, unknown>>) => () => planDeployment(parseSettings(warmth), facts);

    expect(plan({ warmWrites: 10_000 })).toThrow(/rewindmq-dev-cell-0 takes 20000 .* deployed with: 8000/);
    for (const fine of [{}, { warmWrites: 8_000 }, { warmWrites: 20_000 }, { warmReads: 12_000 }]) {
      expect(plan(fine)).not.toThrow();
    }
    expect(() => planDeployment(parseSettings({ warmWrites: 10_000 }), EMPTY_ACCOUNT)).not.toThrow();
  });

  it('finds out what a finished deployment lacks of its protection', () => {
    const tables = new Map([
      ['rewindmq-dev-cell-0', { isProtected: true }],
      ['rewindmq-dev-ledger', { isProtected: false }],
    ]);

    expect(missingProtection(settings, { ...EMPTY_ACCOUNT, tables })).toEqual([
      'table rewindmq-dev-ledger',
      'the storage stack',
    ]);
  });

  it('says what a month costs before the first message: more with each cell and key', () => {
    const base = monthlyBasePrice(settings);

    expect(base).toBeGreaterThan(1);
    const grown = monthlyBasePrice(parseSettings({ cells: 8 })) - base;
    expect(grown).toBeGreaterThan(0);
    expect(monthlyBasePrice(parseSettings({ cells: 12 })) - base).toBeCloseTo(2 * grown);
    for (const key of [{ encryption: 'customer-key' }, { accessKeys: true }]) {
      expect(monthlyBasePrice(parseSettings(key)) - base).toBeCloseTo(1);
    }
  });
});

describe('arguments and refusals', () => {
  it('take settings as the CDK does, and name one that is cut short', () => {
    expect(contextOf(['stage=prod', 'alarmEmail=a=b@example.com'])).toEqual({
      stage: 'prod',
      alarmEmail: 'a=b@example.com',
    });
    expect(() => contextOf(['stage'])).toThrow(DeploymentRefused);
  });

  it('stand in cdk.json as well, as for the CDK, and those that are given come first', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'rewindmq-settings-')), 'cdk.json');
    writeFileSync(file, JSON.stringify({ context: { '@aws-cdk/core:flag': true, stage: 'prod', cells: 8 } }));

    expect(settingsFor({}, file)).toMatchObject({ stage: 'prod', cells: 8 });
    expect(settingsFor({ cells: '2' }, file)).toMatchObject({ stage: 'prod', cells: 2 });
    expect(settingsFor({})).toEqual(settings);
  });

  it('say in one line what to do about credentials, Region and rights', () => {
    const named = (name: string, message: string) => refusalOf(Object.assign(new Error(message), { name }));

    expect(named('CredentialsProviderError', 'Could not load credentials from any providers')).toMatch(/sign in/);
    expect(named('Error', 'Region is missing')).toMatch(/AWS_REGION/);
    expect(named('AccessDeniedException', 'not authorized to perform: lambda:GetAccountSettings')).toMatch(
      /right that is missing: not authorized to perform: lambda:GetAccountSettings/,
    );
  });
});
