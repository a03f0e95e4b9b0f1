import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import middy from '@middy/core';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { cellId, type QueueId, shardId } from '../../src/model/ids.ts';
import { reportLayer } from '../../src/runtime/report-layer.ts';
import { ControllerWaker } from '../../src/runtime/wake-controller.ts';
import { given } from '../support/given.ts';
import { keptLog } from '../support/logs.ts';

const QUEUE = 'orders-id-' as QueueId;

afterEach(() => vi.unstubAllEnvs());

/** Lambda as its callers see it, with a record of its calls. */
async function givenLambda(status = 202) {
  const asked: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  const server = createServer(({ url, headers }, answer) => {
    asked.push({ url, headers });
    answer.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  return { asked };
}

describe('at the end of a call, a function', () => {
  it('tells what it has seen once that pays, and not before', async () => {
    const world = await given();
    const handler = middy(async () => 'answer').use(reportLayer(world.service, keptLog(), undefined));
    const slots = async () => {
      const slot = Math.floor(world.clock.nowMs() / 10_000);
      return (await world.service.ledger.reports(slot)).length;
    };

    world.service.load.addToCell(cellId(0), { writeUnits: 999 });
    await handler({}, {} as never);
    const before = await slots();
    world.service.load.addToCell(cellId(0), { writeUnits: 1 });
    await handler({}, {} as never);

    expect([before, await slots()]).toEqual([0, 1]);
  });

  it('tells it while a call goes on, too', async () => {
    const world = await given();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const receiveFor = async (seconds: number) => {
      const told: number[] = [];
      for (let second = 0; second < seconds; second++) {
        world.service.load.addReceiving(1_000 * 60);
        world.clock.advance(1_000);
        await vi.advanceTimersByTimeAsync(1_000);
        told.push((await world.service.ledger.reports(Math.floor(world.clock.nowMs() / 10_000))).length);
      }
      return told;
    };
    const handler = middy(() => receiveFor(20)).use(reportLayer(world.service, keptLog(), undefined));

    const told = await handler({}, {} as never);
    world.clock.advance(10_000);
    const toldAfterIt = await receiveFor(20);

    expect(told.at(4)).toBeGreaterThan(0);
    expect(Math.max(...toldAfterIt)).toBe(0);
  });

  it('wakes the controller when calls were throttled, and not again within half a minute', async () => {
    const { asked } = await givenLambda();
    const world = await given();
    const waker = new ControllerWaker(world.clock, 'stage-controller');
    const log = keptLog();
    const handler = middy(async () => 'answer').use(reportLayer(world.service, log, waker));
    const throttle = async () => {
      world.service.load.addThrottles(QUEUE, shardId(cellId(0), 0), 30);
      await handler({}, {} as never);
    };

    await throttle();
    world.clock.advance(29_999);
    await throttle();
    const early = asked.length;
    world.clock.advance(1);
    await throttle();

    expect(log.lines).toEqual([]);
    expect([early, asked.length]).toEqual([1, 2]);
    expect(asked[0]).toMatchObject({
      url: '/2015-03-31/functions/stage-controller/invocations',
      headers: { 'x-amz-invocation-type': 'Event' },
    });
  });

  it('answers all the same when the controller cannot be woken, and says so', async () => {
    await givenLambda(429);
    const world = await given();
    const log = keptLog();
    const waker = new ControllerWaker(world.clock, 'stage-controller');
    const handler = middy(async () => 'answer').use(reportLayer(world.service, log, waker));
    world.service.load.addThrottles(QUEUE, shardId(cellId(0), 0), 30);

    const answer = await handler({}, {} as never);

    expect(answer).toBe('answer');
    expect(log.lines).toMatchObject([{ event: 'loadNotReported' }]);
  });
});
