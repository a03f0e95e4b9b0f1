import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellFindings, clockFinding, queueFindings, versionFinding } from '../../src/cli/rules/findings.ts';
import { percentile } from '../../src/cli/rules/percentiles.ts';
import { NO_COUNTS } from '../../src/model/counts.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { givenSettings, jsonLines, runCli } from './terminal.ts';

let server: LocalRuntime;
beforeAll(async () => {
  server = await openLocalRuntime({ directory: undefined, port: 0, log: silentLog });
});
afterAll(() => server.close());

const QUEUE = {
  name: 'orders',
  createdAt: '2026-11-30T00:00:00Z',
  visibilitySeconds: 30,
  delaySeconds: 0,
  waitSeconds: 0,
  rewindSeconds: 604_800,
  tags: {},
};
const LOAD = { writeUnitsPerSecond: 0, readUnitsPerSecond: 0, throttlesPerSecond: 0, failuresPerSecond: 0 };
const CELL = {
  id: 'c1',
  number: 1,
  state: 'open' as const,
  openShards: 1,
  drainingShards: 0,
  removable: false,
  why: '',
  load: LOAD,
  planned: [],
  decisions: [],
};

describe('doctor', () => {
  it('finds a healthy server healthy', async () => {
    await runCli(['queue', 'create', 'fine'], server);

    const { code, stdout } = await runCli(['doctor', '--json'], server);

    expect(code).toBe(0);
    expect(jsonLines(stdout)).toMatchObject([
      { level: 'ok', about: 'place', what: `${server.url} (REWINDMQ_URL), calls not signed` },
      { level: 'ok', about: 'server' },
      { level: 'ok', about: 'version' },
      { level: 'ok', about: 'clock' },
      { level: 'ok', about: 'queues', what: '1, none in trouble' },
      { level: 'ok', about: 'cells', what: '1, none overloaded' },
    ]);
  });

  it('ends at a server that does not answer, and says what to do', async () => {
    const gone = await openLocalRuntime({ directory: undefined, port: 0, log: silentLog });
    await gone.close();

    const { code, stdout } = await runCli(['doctor', '--tries', '1'], gone);

    expect(code).toBe(1);
    expect(stdout).toMatch(/^ok\tplace\t[^\n]*\nfail\tcall\t[^\n]*nothing listens there; `rewindmq start` [^\n]*\n$/);
  });

  it('says what is wrong with queues, and how to mend it', () => {
    const queues = [
      { ...QUEUE, counts: { ...NO_COUNTS, ready: 7 }, oldestReadyAgeSeconds: 7_200 },
      { ...QUEUE, name: 'held', counts: { ...NO_COUNTS, ready: 7, inFlight: 1 }, oldestReadyAgeSeconds: 7_200 },
      {
        ...QUEUE,
        name: 'torn',
        counts: { ...NO_COUNTS, damaged: 1 },
        deadLetter: { queue: 'nowhere', maxReceives: 5 },
      },
      { ...QUEUE, name: 'dying', deadLetter: { queue: 'dead', maxReceives: 5 } },
      { ...QUEUE, name: 'dead', counts: { ...NO_COUNTS, ready: 2 }, oldestReadyAgeSeconds: 7_200 },
    ];

    expect(queueFindings(queues)).toMatchObject([
      { level: 'warn', about: 'queue orders', what: '7 messages ready, the oldest for 2 h, and nobody holds any' },
      { level: 'fail', about: 'queue torn', cure: 'rewindmq peek torn --state damaged' },
      { level: 'fail', about: 'queue torn', what: 'its dead-letter queue nowhere does not exist' },
      { level: 'warn', about: 'queue dead', cure: 'rewindmq peek dead, then rewindmq redrive dead' },
    ]);
  });

  it('says what is wrong with cells, clocks and versions', () => {
    const busy = { ...LOAD, writeUnitsPerSecond: 900, throttlesPerSecond: 2, failuresPerSecond: 0.5 };

    expect(cellFindings([{ ...CELL, load: busy, writeUnitsPerSecondMax: 1_000 }, CELL])).toMatchObject([
      { level: 'warn', what: 'DynamoDB throttles 2 calls a second' },
      { level: 'fail', what: '0.5 calls a second fail' },
      { level: 'warn', what: 'uses 900 of 1,000 write units a second' },
    ]);
    expect([1_000, -60_000, 600_000].map((aheadMs) => clockFinding(aheadMs).level)).toEqual(['ok', 'warn', 'fail']);
    expect(versionFinding('0.3.0', '0.2.0')).toMatchObject({ level: 'warn', cure: expect.stringContaining('@0.3.0') });
  });
});

describe('bench', () => {
  it('measures with a queue of its own, and removes it', async () => {
    const { code, stdout } = await runCli(['bench', '--messages', '200', '--json'], server);
    const { stdout: queues } = await runCli(['queue', 'ls', '--prefix', 'bench-'], server);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ messages: 200, bytes: 256, lost: 0, duplicates: 0 });
    expect(queues).toBe('');
  });

  it('refuses production, unless it is told', async () => {
    const terminal = { url: '', settingsDirectory: givenSettings() };
    await runCli(['context', 'add', 'prod', '--url', server.url, '--production'], terminal);

    expect(await runCli(['bench'], terminal)).toMatchObject({
      code: 2,
      stderr: 'error: prod is production: add --production.\n',
    });
  });

  it('takes percentiles by the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

    expect([50, 90, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([50, 90, 99, 100]);
    expect([percentile([7], 50), percentile([], 50)]).toEqual([7, 0]);
  });
});
