import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { Load } from '../durability/load.ts';
import { Witness } from '../durability/witness.ts';
import {
  call,
  eventually,
  type FaultyServer,
  givenDirectory,
  givenDiskFaults,
  givenFileSystem,
  isRoot,
  obstacle,
  startServer,
} from './faulty-server.ts';

const RESERVE_MIB = 48;

describe.skipIf(obstacle !== undefined)(`a failing disk${obstacle === undefined ? '' : ` (${obstacle})`}`, () => {
  it.each([
    ['sync-fails', /^The store failed while writing its log \(EIO: .*\); start the server again, .*\.$/],
    [
      'sync-stalls',
      /^The store failed while writing its log \(no answer for 10000 ms\); start the server again, .*\.$/,
    ],
    ['write-fails', /^The store failed while writing its log \(EIO: .*\); start the server again, .*\.$/],
  ])('that %s ends the server in one sentence, and a new start has what was acknowledged', async (fault, sentence) => {
    const directory = givenDirectory();
    const faults = givenDiskFaults(directory);
    const witness = new Witness();
    const load = new Load(witness, new SeededRandom(1));
    const server = startServer({ directory, environment: faults.environment });
    const url = await server.url;
    await load.makeQueues(url);
    const running = load.run(url, 4);
    await new Promise((resolve) => setTimeout(resolve, 2_000));

    load.end();
    faults.set(fault);
    expect(await server.ended).not.toBe(0);
    await running;

    const [said = '', ...more] = server
      .errors()
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('{'));
    expect(said).toMatch(sentence);
    expect(more).toEqual([]);

    faults.set('none');
    const again = startServer({ directory });
    await load.drain(await again.url);
    expect(witness.complaints).toEqual([]);
    expect(witness.counts.sent).toBeGreaterThan(100);
    await stop(again);
    witness.close();
  });

  it('that cannot read one payload sets its message aside, and delivers the others', async () => {
    const directory = givenDirectory();
    const faults = givenDiskFaults(directory);
    const server = startServer({ directory, environment: faults.environment });
    const queue = `${await server.url}/queues/orders`;
    await call('PUT', queue, {});
    await call('POST', `${queue}/messages`, { messages: [{ body: randomBytes(400_000).toString('hex') }] });
    await call('POST', `${queue}/messages`, { messages: [{ body: 'small' }] });
    faults.set('payload-read-fails');

    const { status, body } = await call('POST', `${queue}/receive`, { max: 10 });
    const counts = (await call('GET', queue)).body.counts;

    expect([status, body.messages.map((message) => message.body.length)]).toEqual([200, ['small'.length]]);
    expect(counts).toMatchObject({ damaged: 1, inFlight: 1 });
    expect(server.errors()).toMatch(/payloads\/\S+ is damaged or missing/);
    await stop(server);
  });

  it('never acknowledges a delete that the feed has not: what was deleted is archived, and counted', async () => {
    const directory = givenDirectory();
    const faults = givenDiskFaults(directory);
    const server = startServer({ directory, environment: faults.environment });
    const queue = `${await server.url}/queues/orders`;
    await call('PUT', queue, {});
    const messages = Array.from({ length: 100 }, (_, index) => ({ body: `order ${index}` }));
    await call('POST', `${queue}/messages`, { messages });
    const received = await call('POST', `${queue}/receive`, { max: 100 });
    const receipts = received.body.messages.map(({ receipt }) => receipt);
    const answers: number[] = [];
    faults.set('sync-fails');
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const body = { receipts: receipts.slice(index * 10, index * 10 + 10) };
        const answer = await call('POST', `${queue}/delete`, body).catch(() => undefined);
        if (answer !== undefined) answers.push(answer.status);
      }),
    );
    await server.ended;
    expect(answers).toEqual([]);

    faults.set('none');
    const again = startServer({ directory });
    const same = `${await again.url}/queues/orders`;
    // Those that reached the disk after all are deleted and archived, the others are still leased: nothing between.
    await eventually(async () => {
      const { counts } = (await call('GET', same)).body;
      const command = { from: new Date(0).toISOString(), by: 'deletedAt', dryRun: true };
      const { body } = await call('POST', `${same}/rewinds`, command);
      return counts.sent === 100 && counts.deleted + counts.inFlight === 100 && body.matched === counts.deleted;
    }, 'one archived message for each deleted one');
    await stop(again);
  });
});

describe.skipIf(!isRoot)('a full disk (root mounts it)', () => {
  it('refuses sends with 507 and serves everything else, until there is space again', async () => {
    const directory = givenFileSystem('size=160m');
    const server = startServer({ directory: join(directory, 'data'), reserveMiB: RESERVE_MIB });
    const url = await server.url;
    const queue = `${url}/queues/orders`;
    await call('PUT', queue, {});
    const messages = Array.from({ length: 500 }, (_, index) => ({ body: `${index} ${'x'.repeat(3_000)}` }));
    for (let round = 0; round < 4; round++) await call('POST', `${queue}/messages`, { messages });
    await wholeReserve(directory);
    const filler = fill(directory);

    await eventually(async () => {
      return (await call('POST', `${queue}/messages`, { messages: [{ body: 'one more' }] })).status === 507;
    }, 'refused sends');
    const refused = await call('POST', `${queue}/messages`, { messages: [{ body: 'one more' }] });
    expect(refused.body.error.code).toBe('diskFull');
    const health = await call('GET', `${url}/health`);
    expect(health).toMatchObject({ status: 200, body: { status: 'degraded' } });
    expect(health.body.reason).toContain('is full');

    let deleted = 0;
    for (;;) {
      const received = await call('POST', `${queue}/receive`, { max: 100 });
      expect(received.status).toBe(200);
      if (received.body.messages.length === 0) break;
      const receipts = received.body.messages.map(({ receipt }) => receipt);
      const answer = await call('POST', `${queue}/delete`, { receipts });
      expect(answer.status).toBe(200);
      deleted += answer.body.deleted;
    }
    expect(deleted).toBeGreaterThanOrEqual(2_000);
    await eventually(async () => {
      const command = { from: new Date(0).toISOString(), by: 'deletedAt', dryRun: true };
      return (await call('POST', `${queue}/rewinds`, command)).body.matched === deleted;
    }, 'an archive of all that was deleted');

    rmSync(filler);
    await eventually(async () => {
      const sent = await call('POST', `${queue}/messages`, { messages: [{ body: 'again' }] });
      return sent.status === 200 && (await call('GET', `${url}/health`)).body.status === 'ok';
    }, 'served sends');
    await stop(server);
  });

  it('does not prevent a start on existing data', async () => {
    const directory = givenFileSystem('size=160m');
    const first = startServer({ directory: join(directory, 'data'), reserveMiB: RESERVE_MIB });
    const queue = '/queues/orders';
    await call('PUT', `${await first.url}${queue}`, {});
    await call('POST', `${await first.url}${queue}/messages`, { messages: [{ body: 'waits' }] });
    await wholeReserve(directory);
    await stop(first);
    fill(directory);

    const server = startServer({ directory: join(directory, 'data'), reserveMiB: RESERVE_MIB });
    const { body } = await call('POST', `${await server.url}${queue}/receive`, {});
    expect(body.messages).toMatchObject([{ body: 'waits' }]);
    const receipts = body.messages.map(({ receipt }) => receipt);
    expect(await call('POST', `${await server.url}${queue}/delete`, { receipts })).toMatchObject({ status: 200 });
    await stop(server);
  });

  it('ends a first start in one sentence, as a read-only one does', async () => {
    const full = givenFileSystem('size=4m');
    await expectSentence(startServer({ directory: join(full, 'data') }), /its disk is full/);
    const readOnly = givenFileSystem('size=4m,ro');
    await expectSentence(startServer({ directory: join(readOnly, 'data') }), /its file system is read-only/);
  });

  it('or one of other users ends it in one sentence', async () => {
    const directory = givenDirectory();
    chmodSync(directory, 0o755);
    const server = startServer({ directory: join(directory, 'data'), userId: 65_534 });
    await expectSentence(server, /this user may not write there/);
  });
});

describe('a directory that cannot be one', () => {
  it.each([
    ['a file in its place', (at: string) => join(at, 'file'), /a file is in its place/],
    ['below a file', (at: string) => join(at, 'file', 'data'), /a file is in its place or above it/],
    ['in /proc', () => '/proc/x', /it cannot be made there/],
  ])('%s ends the start in one sentence', async (_, path, words) => {
    const directory = givenDirectory();
    writeFileSync(join(directory, 'file'), 'content');

    await expectSentence(startServer({ directory: path(directory) }), words);
  });
});

describe.skipIf(!isRoot)('two containers on one volume (root makes namespaces)', () => {
  it('are both process 1, and only one serves, also after it was killed', async () => {
    const directory = givenDirectory();
    const before = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--net', '--ipc', '--uts'];
    const first = startServer({ directory, before });
    await first.url;

    const second = startServer({ directory, before });
    expect(await second.ended).toBe(1);
    expect(second.errors().trim()).toMatch(/^the data directory .* is in use by process 1 on \S+; stop that process/);
    expect(second.errors().trim().split('\n')).toHaveLength(1);

    first.process.kill('SIGKILL');
    await first.ended;
    await startServer({ directory, before }).url;
  });
});

/** The server makes its reserve while it serves. */
async function wholeReserve(directory: string): Promise<void> {
  const path = join(directory, 'data', 'reserve');
  await eventually(async () => statSync(path).size === RESERVE_MIB * 1024 * 1024, 'a whole reserve');
}

/** Takes all the space that is left; what was freed meanwhile too. */
function fill(directory: string): string {
  const path = join(directory, 'filler');
  const descriptor = openSync(path, 'w');
  const zeros = Buffer.alloc(64 * 1024);
  try {
    for (;;) writeSync(descriptor, zeros);
  } catch {
    fsyncSync(descriptor);
    closeSync(descriptor);
    return path;
  }
}

async function stop(server: FaultyServer): Promise<void> {
  server.process.kill('SIGTERM');
  expect(await server.ended).toBe(0);
}

async function expectSentence(server: FaultyServer, words: RegExp): Promise<void> {
  expect(await server.ended).toBe(1);
  expect(server.errors()).toMatch(words);
  expect(server.errors().trim().split('\n')).toHaveLength(1);
}
