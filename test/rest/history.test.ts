import { describe, expect, it } from 'vitest';
import { givenServer } from './server.ts';

const server = givenServer();

describe('the past of a queue', () => {
  it('comes in steps that follow each other, with gaps where nothing is known', async () => {
    const { name } = await server.rest.newQueue();

    const { status, body } = await server.rest.call<{ series: Record<string, (number | null)[]>; from: string }>(
      'GET',
      `/queues/${name}/history?span=1d`,
    );

    expect(status).toBe(200);
    expect(body).toMatchObject({ name, span: '1d', stepSeconds: 300 });
    expect(Date.parse(body.from) % 300_000).toBe(0);
    for (const numbers of Object.values(body.series)) expect(numbers).toHaveLength(288);
  });

  it('is refused for a span that nobody keeps, and for a queue that there is not', async () => {
    const { name } = await server.rest.newQueue();

    const wrong = await server.rest.call('GET', `/queues/${name}/history?span=1y`);
    const unknown = await server.rest.call('GET', '/queues/nobody/history');

    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'span' } } });
    expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'queueNotFound' } } });
  });

  it('is told of all queues at once, and in days', async () => {
    const all = await server.rest.call('GET', '/history');
    const usage = await server.rest.call('GET', '/usage');

    expect(all).toMatchObject({ status: 200, body: { span: '1h', stepSeconds: 60, queues: expect.any(Array) } });
    expect(usage).toMatchObject({ status: 200, body: { days: expect.any(Array) } });
  });
});

describe('the jobs of all queues', () => {
  it('are listed newest first, each with its queue', async () => {
    const [one, other] = [await server.rest.newQueue(), await server.rest.newQueue()];
    const from = '2020-01-01T00:00:00Z';
    const first = await server.rest.call<{ id: string }>('POST', `/queues/${one.name}/rewinds`, { from });
    const second = await server.rest.call<{ id: string }>('POST', `/queues/${other.name}/rewinds`, { from });

    const { body } = await server.rest.call<{ rewinds: { queue: string; rewind: { id: string } }[] }>(
      'GET',
      '/rewinds?limit=1000',
    );

    const mine = body.rewinds.filter(({ queue }) => [one.name, other.name].includes(queue));
    expect(mine.map(({ queue, rewind }) => [queue, rewind.id])).toEqual([
      [other.name, second.body.id],
      [one.name, first.body.id],
    ]);
    expect((await server.rest.call('GET', '/rewinds?limit=0')).status).toBe(400);
  });
});
