import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import { eventually, type QueueClient, type Refused, RestClient } from './rest-client.ts';
import { givenServer, IS_LOCAL } from './server.ts';

interface Job {
  readonly id: string;
  readonly state: string;
  readonly messagesMatched: number;
  readonly messagesRewound: number;
  readonly percent: number;
  readonly cutTo?: string;
  readonly cutReason?: string;
  readonly error?: string;
}

const server = givenServer();
const EVER = '2020-01-01T00:00:00.000Z';
const BODIES = ['a', 'b', 'c', 'd', 'e'];

/** A queue from which these messages were deleted. */
async function givenDeleted(bodies: readonly string[] = BODIES, rest = server.rest): Promise<QueueClient> {
  const queue = await rest.newQueue();
  for (const body of bodies) await queue.send({ body, attributes: { kind: { type: 'string', value: body } } });
  await consume(queue, bodies.length);
  return queue;
}

async function consume(queue: QueueClient, count: number): Promise<string[]> {
  const messages = count === 0 ? [] : await queue.receiveAll(count);
  if (messages.length > 0) await queue.delete(...messages.map(({ receipt }) => receipt));
  expect(await queue.receive()).toEqual([]);
  return messages.map(({ body }) => body).toSorted();
}

const start = <Body = Job>(queue: QueueClient, wish: object = {}, rest = server.rest) =>
  rest.call<Body>('POST', `${queue.path}/rewinds`, { from: EVER, ...wish });

async function ended(queue: QueueClient, id: string, rest = server.rest): Promise<Job> {
  let job: Job | undefined;
  await eventually(async () => {
    job = (await rest.call<Job>('GET', `${queue.path}/rewinds/${id}`)).body;
    expect(job.state).not.toBe('running');
  });
  if (job === undefined) throw new Error('there is a job');
  return job;
}

async function rewind(queue: QueueClient, wish: object = {}, rest = server.rest): Promise<Job> {
  const { status, body } = await start(queue, wish, rest);
  expect(status).toBe(202);
  expect(body).toMatchObject({ state: 'running' });
  return await ended(queue, body.id, rest);
}

describe.concurrent('a rewind', () => {
  it('brings back what was deleted, once, and says so', async () => {
    const queue = await givenDeleted();

    const counted = await start<{ matched: number }>(queue, { dryRun: true });
    const job = await rewind(queue);
    const [again] = await queue.receiveAll(BODIES.length, { visibilitySeconds: 0 });
    const second = await rewind(queue);

    expect(counted).toMatchObject({ status: 200, body: { matched: 5 } });
    expect(job).toMatchObject({ state: 'done', messagesMatched: 5, messagesRewound: 5, percent: 100 });
    expect(again).toMatchObject({ rewoundBy: job.id });
    expect(second.messagesRewound).toBe(0);
    const list = await server.rest.call<{ rewinds: Job[] }>('GET', `${queue.path}/rewinds`);
    expect(list.body.rewinds.map(({ id }) => id)).toEqual([second.id, job.id]);
  });

  it('brings a part of it, into another queue', async () => {
    const queue = await givenDeleted();
    const replay = await server.rest.newQueue();

    const job = await rewind(queue, { filter: { attributes: { kind: 'c' } }, into: replay.name });

    expect(job).toMatchObject({ messagesRewound: 1, into: replay.name });
    expect(await consume(replay, 1)).toEqual(['c']);
    expect(await consume(queue, 0)).toEqual([]);
  });

  it('says from which moment on it is complete, and why not before, counted beforehand too', async () => {
    const queue = await server.rest.newQueue({ rewindSeconds: 0 });
    const changed = await server.rest.call('PATCH', queue.path, { rewindSeconds: 3_600 });

    const counted = await start<Partial<Job>>(queue, { dryRun: true });
    const job = await rewind(queue);

    const cutReason = expect.stringMatching(/^rewindSeconds was 0 until /) as string;
    expect(changed.status).toBe(200);
    expect(counted.body).toEqual({ matched: 0, damaged: 0, cutTo: job.cutTo, cutReason });
    expect(Date.parse(job.cutTo ?? '')).toBeGreaterThan(Date.parse(EVER));
    expect(job).toMatchObject({ from: EVER, cutReason });
  });

  it('is taken back when it is cancelled, though it has ended', async () => {
    const queue = await givenDeleted();
    const job = await rewind(queue);
    const received = await queue.receive({ max: 1 });

    const cancelled = await server.rest.call<Job>('DELETE', `${queue.path}/rewinds/${job.id}`);
    await eventually(async () => {
      const { body } = await server.rest.call<{ counts: object }>('GET', queue.path);
      expect(body.counts).toMatchObject({ ready: 0, inFlight: 1, rewound: 1 });
    });

    expect(cancelled).toMatchObject({ status: 202, body: { id: job.id, state: 'cancelled' } });
    expect(received).toMatchObject([{ rewoundBy: job.id }]);
  });

  it('takes the attributes of its filter as they were sent, too', async () => {
    const queue = await givenDeleted();
    const filter = { attributes: { kind: { type: 'string', value: 'b' } } };

    expect(await start<object>(queue, { dryRun: true, filter })).toMatchObject({ status: 200, body: { matched: 1 } });
  });

  it('warns, counted beforehand, of an attribute in its filter that no message has', async () => {
    const queue = await givenDeleted();
    const filter = { attributes: { kind: 'a', knid: 'a', constructor: 'a' } };

    const counted = await start<object>(queue, { dryRun: true, filter });

    const warnings = ['knid', 'constructor'].map(
      (name) => `no message of the range has the attribute "${name}" that the filter asks for`,
    );
    expect(counted).toMatchObject({ status: 200, body: { matched: 0, warnings } });
  });

  it('is listed page by page, newest first', async () => {
    const queue = await givenDeleted(['a']);
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.unshift((await rewind(queue)).id);
    type Page = { rewinds: Job[]; cursor?: string };

    const first = await server.rest.call<Page>('GET', `${queue.path}/rewinds?limit=2`);
    const second = await server.rest.call<Page>('GET', `${queue.path}/rewinds?limit=2&cursor=${first.body.cursor}`);
    const wrong = await server.rest.call('GET', `${queue.path}/rewinds?cursor=..`);

    expect(first.body.rewinds.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(second.body.rewinds.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.body.cursor).toBeUndefined();
    expect(wrong).toMatchObject({ status: 400, body: { error: { field: 'cursor' } } });
  });

  it.each<[string, object, string]>([
    ['that begins in the future', { from: '2200-01-01T00:00:00.000Z' }, 'from'],
    ['that begins after its end', { from: '2021-01-01T00:00:00.000Z', to: EVER }, 'from'],
    ['into a queue that does not exist', { into: 'nowhere' }, 'into'],
    ['by a time that is none', { by: 'receivedAt' }, 'by'],
  ])('is refused %s, by the name of the field', async (_, wish, field) => {
    const queue = await givenDeleted(['a']);

    const refused = await start<Refused>(queue, wish);

    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field } } });
  });

  it('is refused where the queue keeps nothing, and where there is no queue', async () => {
    const queue = await server.rest.newQueue({ rewindSeconds: 0 });

    const off = await start<Refused>(queue);
    const gone = await server.rest.call('POST', '/queues/no-such-queue/rewinds', { from: EVER });

    expect(off).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'rewindSeconds' } } });
    expect(gone).toMatchObject({ status: 404, body: { error: { code: 'queueNotFound' } } });
  });

  it('runs alone: of two at once nothing comes twice, and one that comes too early is told', async () => {
    const queue = await givenDeleted();

    const both = await Promise.all([start(queue), start(queue)]);

    const started = both.filter(({ status }) => status === 202);
    expect(started.length).toBeGreaterThan(0);
    for (const { body } of started) expect((await ended(queue, body.id)).state).toBe('done');
    for (const { status, body } of both) {
      if (status !== 202)
        expect({ status, body }).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
    }
    expect(await consume(queue, 5)).toEqual(BODIES);
  });

  it('fails or is done when its target is deleted in the middle, and takes nothing from the queue itself', async () => {
    const queue = await givenDeleted();
    const replay = await server.rest.newQueue();
    const { body } = await start(queue, { into: replay.name });

    await server.rest.call('DELETE', replay.path);
    const job = await ended(queue, body.id);
    const own = await rewind(queue);

    expect(['failed', 'done']).toContain(job.state);
    if (job.state === 'failed') expect(job.error).toContain(replay.name);
    expect(own).toMatchObject({ state: 'done', messagesRewound: 5 });
    expect(await consume(queue, 5)).toEqual(BODIES);
  });
});

describe.runIf(IS_LOCAL)('a rewind over a damaged archive', () => {
  it.each([
    ['is missing', undefined],
    ['holds something else', 'not an archive object'],
  ])(
    'fails by the name of an object that %s, brings the rest, and the lost part once it is mended',
    async (_, bytes) => {
      const directory = await mkdtemp(join(tmpdir(), 'rewindmq-rest-'));
      const runtime = await openLocalRuntime({ directory, port: 0 });
      onTestFinished(async () => {
        await runtime.close();
        await rm(directory, { recursive: true });
      });
      const rest = new RestClient(runtime.url);
      const queue = await givenDeleted(['a', 'b'], rest);
      await start(queue, { dryRun: true }, rest);
      await queue.send('c');
      await consume(queue, 1);
      await start(queue, { dryRun: true }, rest);
      const objects = join(directory, 'objects', 'archive');
      const files = (await readdir(objects, { recursive: true })).filter((name) => name.endsWith('.bin')).toSorted();
      const [name = ''] = files;
      await rename(join(objects, name), join(directory, 'kept'));
      if (bytes !== undefined) await writeFile(join(objects, name), bytes);

      const failed = await rewind(queue, {}, rest);
      const some = await consume(queue, failed.messagesRewound);
      await rename(join(directory, 'kept'), join(objects, name));
      const mended = await rewind(queue, {}, rest);

      expect(files.length).toBeGreaterThan(1);
      expect(failed.state).toBe('failed');
      expect(failed.error).toContain(name.replace('.bin', ''));
      expect(failed.messagesRewound).toBeLessThan(3);
      expect(mended).toMatchObject({ state: 'done', messagesRewound: 3 });
      expect(await consume(queue, 3)).toEqual(['a', 'b', 'c']);
      expect(['a', 'b', 'c']).toEqual(expect.arrayContaining(some));
    },
  );
});
