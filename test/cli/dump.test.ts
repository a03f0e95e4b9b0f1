import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupBy } from '../../src/model/group-by.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { jsonLines, runCli } from './terminal.ts';

let server: LocalRuntime;
beforeAll(async () => {
  server = await openLocalRuntime({ directory: undefined, port: 0, log: silentLog });
});
afterAll(() => server.close());

interface Dumped {
  readonly body: string;
  readonly attributes: object;
  readonly state: string;
  readonly visibleAt: string;
  readonly sentAt: string;
}

const numberOf = (body: string): number => (body.startsWith('line ') ? Number(body.slice(5)) : -1);

const HOSTILE = ['', '\r\n', '\u0000\u001b[2J', '\u2028\u202e', '{"a": "\\u0000"}', '😀'.repeat(1_000), 'a\tb', '"'];

/** What a load keeps of each message: all but its id, its time of sending, and the time of one that is ready. */
const kept = (dump: string): string[] =>
  (jsonLines(dump) as Dumped[])
    .map(({ body, attributes, state, visibleAt }) => ({
      body,
      attributes,
      ...(state === 'delayed' ? { visibleAt } : {}),
    }))
    .map((one) => JSON.stringify(one))
    .sort();

/** Whether messages that were sent later have higher numbers; those of one millisecond have no order. */
function isInOrder(dump: string, numberOf: (body: string) => number): boolean {
  const bySentAt = groupBy(jsonLines(dump) as Dumped[], ({ sentAt }) => sentAt);
  const numbers = [...bySentAt.values()].map((some) => some.map(({ body }) => numberOf(body)));
  return numbers.every((some, index) => index === 0 || Math.min(...some) >= Math.max(...(numbers[index - 1] ?? [])));
}

describe('dump | load', () => {
  it('brings the same bodies, attributes, delays and order of sends into another queue', async () => {
    for (const queue of ['dumped', 'loaded']) await runCli(['queue', 'create', queue], server);
    const messages = HOSTILE.map((body, index) => ({
      body,
      attributes: {
        number: { type: 'number', value: `${index}.50` },
        bytes: { type: 'binary', value: 'AP8=', label: 'raw' },
      },
      ...(index % 3 === 2 ? { deliverAt: '2099-01-01T00:00:00.123Z' } : {}),
    }));
    const many = Array.from({ length: 450 }, (_, index) => ({ body: `line ${index}` }));
    const lines = [...messages, ...many].map((one) => JSON.stringify(one)).join('\n');
    expect(await runCli(['load', 'dumped'], { url: server.url, input: lines })).toMatchObject({ code: 0 });
    // Some are in flight.
    await runCli(['recv', 'dumped', '--max', '5'], server);

    const dumped = await runCli(['dump', 'dumped'], server);
    const loaded = await runCli(['load', 'loaded'], { url: server.url, input: dumped.stdout });
    const again = await runCli(['dump', 'loaded'], server);

    expect(dumped).toMatchObject({ code: 0, stderr: '458 messages of dumped.\n' });
    expect(loaded).toEqual({ code: 0, stdout: '', stderr: '458 messages loaded.\n' });
    expect(kept(again.stdout)).toEqual(kept(dumped.stdout));
    const bodies = (jsonLines(dumped.stdout) as Dumped[]).map(({ body }) => body);
    expect(bodies.toSorted()).toEqual([...messages, ...many].map(({ body }) => body).toSorted());
    for (const { stdout } of [dumped, again]) expect(isInOrder(stdout, numberOf)).toBe(true);
  });

  it('writes deleted messages, unsorted where memory matters', async () => {
    await runCli(['queue', 'create', 'gone'], server);
    await runCli(['send', 'gone', 'was here'], server);
    await runCli(['recv', 'gone', '--delete'], server);

    // The archive takes a moment.
    const dump = async () => (await runCli(['dump', 'gone', '--state', 'deleted', '--unsorted'], server)).stdout;
    await expect.poll(dump).not.toBe('');

    expect(jsonLines(await dump())).toMatchObject([
      { state: 'deleted', body: 'was here', deletedAt: expect.any(String) },
    ]);
  });

  it('names the line that is wrong, and says where to go on', async () => {
    await runCli(['queue', 'create', 'partly'], server);
    const good = '{"body": "good"}';
    const empty = JSON.stringify({ body: 'x', attributes: { '': { type: 'string', value: 'y' } } });

    const wrong = await runCli(['load', 'partly'], { url: server.url, input: `${good}\nnonsense\n` });
    const refused = await runCli(['load', 'partly'], { url: server.url, input: `${good}\n${empty}\n${good}` });
    const absent = await runCli(['load', 'absent'], { url: server.url, input: `${good}\n${good}` });

    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error: Line 2 is no JSON object: nonsense'),
    });
    expect(refused).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^Line 2 was not loaded: [^\n]*\n2 messages/),
    });
    expect(absent).toMatchObject({ code: 5, stderr: expect.stringContaining('To go on: --skip 0\nerror: ') });
  });

  it('continues after the lines that an interrupted load has sent', async () => {
    await runCli(['queue', 'create', 'resumed'], server);
    const lines = Array.from({ length: 350 }, (_, index) => JSON.stringify({ body: String(index) })).join('\n');

    const begun = await runCli(['load', 'resumed', '--debug'], {
      url: server.url,
      input: lines,
      onWrite: ({ stderr }, interrupt) => {
        if (stderr.includes('POST')) interrupt();
      },
    });
    const [, skip = ''] = /--skip (\d+)/.exec(begun.stderr) ?? [];
    await runCli(['load', 'resumed', '--skip', skip], { url: server.url, input: lines });
    const { stdout } = await runCli(['dump', 'resumed'], server);

    expect(begun.code).toBe(130);
    expect(kept(stdout)).toEqual(kept(lines.replaceAll('}', ', "attributes": {}}')));
    expect(isInOrder(stdout, Number)).toBe(true);
  });
});
