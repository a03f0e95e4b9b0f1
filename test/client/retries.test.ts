import { describe, expect, it } from 'vitest';
import { pauseMs } from '../../src/client/caller.ts';
import { SendError } from '../../src/client/index.ts';
import { givenAnswers, refused } from './answering.ts';

const FROM = '2026-11-22T00:00:00Z';

describe('a client that is refused', () => {
  it('waits at least as long as Retry-After says, and tries again', async () => {
    const { queue, asked, pauses } = givenAnswers(
      refused(429, 'throttled', { retryAfter: '3' }),
      refused(503, 'unavailable'),
      { status: 200, body: { messages: [] } },
    );

    expect(await queue.receive()).toEqual([]);

    expect(asked).toHaveLength(3);
    expect(pauses).toEqual([3_000 + 100, 400 * 0.75]);
  });

  it('spreads its pauses, doubles them, and never waits less than it is told', () => {
    expect([pauseMs(1, undefined, 0), pauseMs(1, undefined, 1)]).toEqual([100, 200]);
    expect([1, 2, 3, 20].map((tries) => pauseMs(tries, undefined, 1))).toEqual([200, 400, 800, 20_000]);
    expect(pauseMs(1, 60_000, 0)).toBe(60_000);
  });

  it('continues a search where a call stopped, until it is complete', async () => {
    const stopped = { from: FROM, to: '2026-11-23T00:00:00Z', complete: false };
    const searched = (how: object) => ({ status: 404, body: { ...refused(404, 'notFound').body, searched: how } });
    const { queue, asked } = givenAnswers(searched(stopped), searched({ ...stopped, complete: true }));
    const endless = givenAnswers(searched(stopped));

    expect(await queue.find('one', { from: FROM })).toBeUndefined();

    expect(asked.map(({ path }) => new URLSearchParams(path.split('?')[1]).get('from'))).toEqual([FROM, stopped.to]);
    await expect(endless.queue.find('one')).rejects.toMatchObject({ code: 'notFound' });
    expect(endless.asked).toHaveLength(2);
  });

  it('gives up after its tries with the code of the API', async () => {
    const { queue, asked } = givenAnswers(refused(503, 'unavailable'));

    await expect(queue.show()).rejects.toMatchObject({ code: 'unavailable', status: 503, requestId: 'r' });

    expect(asked).toHaveLength(5);
  });

  it('does not repeat what is wrong in itself, and names the field', async () => {
    const { queue, asked } = givenAnswers(refused(400, 'invalidField', { field: 'max' }));

    await expect(queue.receive({ max: 0 })).rejects.toMatchObject({ code: 'invalidField', field: 'max', status: 400 });

    expect(asked).toHaveLength(1);
  });

  it('repeats the start of a rewind only where nothing was started', async () => {
    const throttled = givenAnswers(refused(429, 'throttled'), { status: 202, body: { id: 'r1' } });
    const unclear = givenAnswers(new TypeError('fetch failed'));

    expect((await throttled.queue.rewind({ from: FROM })).id).toBe('r1');
    await expect(unclear.queue.rewind({ from: FROM })).rejects.toMatchObject({ code: 'unreachable', status: 0 });

    expect(throttled.asked).toHaveLength(2);
    expect(unclear.asked).toHaveLength(1);
  });

  it('tells the answers of gateways by codes of the API too', async () => {
    const { queue } = givenAnswers({ status: 403, body: { message: 'Forbidden' } });

    await expect(queue.show()).rejects.toMatchObject({ code: 'accessDenied', status: 403 });
  });

  it('ends a call when its signal does', async () => {
    const { queue, asked } = givenAnswers(refused(503, 'unavailable'));

    await expect(queue.show({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');

    expect(asked).toHaveLength(0);
  });
});

describe('a call whose signal aborts while it fetches credentials', () => {
  it('is not made', async () => {
    const leaving = new AbortController();
    const credentials = async () => {
      leaving.abort(new Error('enough'));
      return { accessKeyId: 'id', secretAccessKey: 'secret' };
    };
    const { asked, client } = givenAnswers({ status: 200, body: { messages: [] } });
    const queue = client({ credentials, region: 'local' }).queue('orders');

    await expect(queue.receive({}, { signal: leaving.signal })).rejects.toThrow('enough');

    expect(asked).toHaveLength(0);
  });
});

describe('a client that sends many', () => {
  it('gathers what calls of one moment send', async () => {
    const { queue, asked } = givenAnswers({ status: 200, body: { messages: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] } });

    const ids = await Promise.all([queue.sendMany(['one', 'two']), queue.sendMany([{ body: 'three' }])]);

    expect(ids).toEqual([['a', 'b'], ['c']]);
    const messages = [{ body: 'one' }, { body: 'two' }, { body: 'three' }];
    expect(asked).toEqual([{ method: 'POST', path: '/base/queues/orders/messages', body: { messages } }]);
  });

  it('sends again only what the store was too busy for', async () => {
    const busy = { error: { code: 'throttled', message: 'later' } };
    const { queue, asked } = givenAnswers(
      { status: 200, body: { messages: [{ id: 'a' }, busy] } },
      { status: 200, body: { messages: [{ id: 'b' }] } },
    );

    expect(await queue.sendMany(['one', 'two'])).toEqual(['a', 'b']);

    expect(asked[1]?.body).toEqual({ messages: [{ body: 'two' }] });
  });

  it('lets a wrong message stop no other one, and names the field within it', async () => {
    const { queue } = givenAnswers(refused(413, 'tooLarge', { field: 'messages[1].body' }), {
      status: 200,
      body: { messages: [{ id: 'a' }, { id: 'c' }] },
    });

    const [first, second, third] = await Promise.allSettled(
      ['one', 'two', 'three'].map((one) => queue.sendMany([one])),
    );

    expect([first, third]).toMatchObject([{ value: ['a'] }, { value: ['c'] }]);
    const reason = (second as PromiseRejectedResult).reason as SendError;
    expect(reason).toBeInstanceOf(SendError);
    expect(reason).toMatchObject({
      code: 'tooLarge',
      field: 'body',
      outcomes: [{ error: { message: 'body is refused' } }],
    });
  });
});
