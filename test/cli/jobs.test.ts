import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { givenSettings, jsonLines, runCli } from './terminal.ts';

let server: LocalRuntime;
beforeAll(async () => {
  server = await openLocalRuntime({ directory: undefined, port: 0, log: silentLog });
});
afterAll(() => server.close());

/** Three deleted messages; the second one is a refund. */
async function givenDeleted(queue: string): Promise<void> {
  await runCli(['queue', 'create', queue], server);
  for (const kind of ['order', 'refund', 'order']) {
    await runCli(['send', queue, `of ${kind}`, '--attr', `kind=${kind}`], server);
  }
  expect(await runCli(['recv', queue, '--delete'], server)).toMatchObject({ code: 0 });
}

/** Three dead letters in `<queue>-dead`. */
async function givenDead(queue: string): Promise<void> {
  await runCli(['queue', 'create', `${queue}-dead`], server);
  await runCli(['queue', 'create', queue, '--dead-letter', `${queue}-dead`, '--max-receives', '1'], server);
  await runCli(['send', queue, '--lines'], { url: server.url, input: 'a\nb\nc' });
  await runCli(['recv', queue, '--visibility', '0'], server);
  await runCli(['recv', queue, '--visibility', '0'], server);
}

describe('job', () => {
  it('lists the jobs of all queues with their names', async () => {
    await givenDeleted('listed');
    await givenDeleted('other');
    await runCli(['rewind', 'listed', '--from', '1h', '--yes'], server);
    await runCli(['rewind', 'other', '--from', '1h', '--yes'], server);

    const { code, stdout } = await runCli(['job', 'ls'], server);

    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split('\t')[0])).toEqual(['other', 'listed', '']);
  });
});

describe('rewind', () => {
  it('previews in a pipe, and rewinds the frozen range with --yes', async () => {
    await givenDeleted('piped');

    const preview = await runCli(['rewind', 'piped', '--from', '1h'], server);
    const done = await runCli(['rewind', 'piped', '--from', '1h', '--yes'], server);

    expect(preview).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        /^Rewind of 3 messages of piped, sent from \S+Z to \S+Z\.\nNothing was changed: --yes does it\.\n$/,
      ),
    });
    expect(jsonLines(preview.stdout)).toMatchObject([
      { queue: 'piped', by: 'sentAt', matched: 3, damaged: 0, samples: [{ body: 'of order' }, {}, {}] },
    ]);
    expect(done.code).toBe(0);
    expect(jsonLines(done.stdout).at(-1)).toMatchObject({ state: 'done', percent: 100, messagesRewound: 3 });
    expect((await runCli(['recv', 'piped', '--delete'], server)).stdout.trim().split('\n')).toHaveLength(3);
  });

  it('starts without a question where one message matches', async () => {
    await givenDeleted('one');

    const { code, stdout } = await runCli(['rewind', 'one', '--from', '1h', '--attr', 'kind=refund'], server);

    expect(code).toBe(0);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ state: 'done', messagesRewound: 1 });
    expect((await runCli(['peek', 'one', '--format', '{body}'], server)).stdout).toBe('of refund\n');
  });

  it('asks a person, and draws a bar', async () => {
    await givenDeleted('drawn');
    const terminal = { url: server.url, isTerminal: true };

    const refused = await runCli(['rewind', 'drawn', '--from', '1h'], { ...terminal, answer: 'n' });
    const done = await runCli(['rewind', 'drawn', '--from', '1h', '--by', 'deletedAt'], { ...terminal, answer: 'y' });

    expect(refused).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/Rewind 3 messages\? \[y\/N\] Nothing was/),
    });
    expect(refused.stdout).toMatch(/^SENT +STATE +ID +RECEIVES +BODY\n(.* deleted .* of \w+\n){3}$/);
    expect(done.code).toBe(0);
    expect(done.stderr).toMatch(/█+ 100 % {2}3 brought of 3 matched[^]*Done: 3 messages brought into drawn\.\n$/);
  });

  it('says that nothing matches, and refuses a range that ends before it begins', async () => {
    await runCli(['queue', 'create', 'bare'], server);

    expect(await runCli(['rewind', 'bare', '--from', '1h', '--dry-run'], server)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Rewind of 0 messages/),
    });
    expect(await runCli(['rewind', 'bare', '--from', '1h', '--to', '2h'], server)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: --from, \S+, is not before --to, \S+\.\n$/),
    });
  });

  it('continues when its watch is interrupted', async () => {
    await givenDeleted('watched');

    const { code, stderr } = await runCli(['rewind', 'watched', '--from', '1h', '--yes', '--rate', '1'], {
      url: server.url,
      onWrite: ({ stdout }, interrupt) => {
        if (stdout !== '') interrupt();
      },
    });
    const line = /rewindmq job watch (watched \S+)$/m.exec(stderr)?.[1] ?? '';
    const shown = await runCli(['job', 'show', ...line.split(' '), '--json'], server);
    const cancelled = await runCli(['job', 'cancel', ...line.split(' '), '--json'], server);
    const listed = await runCli(['job', 'ls', 'watched', '--json'], server);

    expect(code).toBe(130);
    expect(jsonLines(shown.stdout)).toMatchObject([{ state: 'running' }]);
    expect(jsonLines(cancelled.stdout)).toMatchObject([{ state: 'cancelled' }]);
    expect(jsonLines(listed.stdout)).toMatchObject([{ id: line.split(' ')[1], state: 'cancelled' }]);
    expect(await runCli(['job', 'watch', 'watched'], server)).toMatchObject({ code: 4 });
  });
});

describe('redrive', () => {
  it('counts first, and moves dead letters back with --yes', async () => {
    await givenDead('dying');

    const preview = await runCli(['redrive', 'dying-dead'], server);
    const few = await runCli(['redrive', 'dying-dead', '--max', '1'], server);
    const rest = await runCli(['redrive', 'dying-dead', '--yes'], server);

    expect(preview.code).toBe(3);
    expect(jsonLines(preview.stdout)).toMatchObject([
      { queue: 'dying-dead', matched: 3, samples: [{ body: 'a' }, {}, {}] },
    ]);
    expect(few.code).toBe(0);
    expect(jsonLines(few.stdout).at(-1)).toMatchObject({ state: 'done', messagesRewound: 1 });
    expect(jsonLines(rest.stdout).at(-1)).toMatchObject({ state: 'done', messagesRewound: 2, into: 'dying' });
  });

  it('fails with the reason of the server', async () => {
    await runCli(['queue', 'create', 'sourceless'], server);
    await runCli(['send', 'sourceless', 'body'], server);

    expect(await runCli(['redrive', 'sourceless', '--yes'], server)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no queue sends its dead letters here'),
    });
    expect(await runCli(['job', 'watch', 'sourceless'], server)).toMatchObject({ code: 5 });
    expect(await runCli(['job', 'show', 'sourceless', 'x'], server)).toMatchObject({ code: 5 });
  });
});

describe('a production context', () => {
  it('asks for the name of the queue', async () => {
    await givenDeleted('guarded');
    const terminal = { url: '', settingsDirectory: givenSettings() };
    await runCli(['context', 'add', 'prod', '--url', server.url, '--production'], terminal);
    const rewind = ['rewind', 'guarded', '--from', '1h', '--yes'];

    expect(await runCli(rewind, terminal)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('prod is production: add --confirm guarded.'),
    });
    expect(await runCli([...rewind, '--confirm', 'other'], terminal)).toMatchObject({ code: 2 });
    expect(await runCli([...rewind, '--confirm', 'guarded'], terminal)).toMatchObject({ code: 0 });
  });
});
