import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import type { LogFields } from '../../src/runtime/log.ts';
import { MachineClock, openMachineClock, TimeNotes, type TimeSources } from '../../src/runtime/machine-clock.ts';
import { silentLog } from '../support/logs.ts';

const START_MS = Date.UTC(2026, 10, 22, 16);
const HOUR_MS = 3_600_000;

const directories: string[] = [];
afterAll(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true }))));

async function givenDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rewindmq-clock-'));
  directories.push(directory);
  return directory;
}

/** Time that a test advances and sets. */
class FakeTime implements TimeSources {
  #wallMs = START_MS;
  #steadyMs = 5_000;

  readonly wallMs = (): number => this.#wallMs;
  readonly steadyMs = (): number => this.#steadyMs;

  pass(ms: number): void {
    this.#wallMs += ms;
    this.#steadyMs += ms;
  }

  setBy(ms: number): void {
    this.#wallMs += ms;
  }
}

function givenClock(startMs = 0) {
  const told: (readonly [event: string, fields: LogFields | undefined])[] = [];
  const time = new FakeTime();
  const log = { ...silentLog, warn: (event: string, fields?: LogFields) => void told.push([event, fields]) };
  return { clock: new MachineClock(startMs, log, time), time, told };
}

describe('the clock of a machine', () => {
  it('tells the time of the wall while nobody sets it', () => {
    const { clock, time, told } = givenClock();

    time.pass(90_000);

    expect(clock.nowMs()).toBe(START_MS + 90_000);
    expect(told).toEqual([]);
  });

  it('never runs backwards, and measures durations to a hundredth after the wall was set back', () => {
    const { clock, time, told } = givenClock();
    time.pass(1_000);
    const beforeMs = clock.nowMs();

    time.setBy(-HOUR_MS);
    const afterMs = clock.nowMs();
    time.pass(4_000);

    expect(afterMs).toBe(beforeMs);
    expect(clock.nowMs() - afterMs).toBe(3_960);
    expect(told).toEqual([['clockSetBack', expect.objectContaining({ aheadMs: HOUR_MS })]]);
  });

  it('is back at the time of the wall once that has caught up', () => {
    const { clock, time, told } = givenClock();
    time.setBy(-2_000);
    clock.nowMs();

    for (let second = 0; second < 210; second++) {
      time.pass(1_000);
      clock.nowMs();
    }

    expect(clock.nowMs()).toBe(time.wallMs());
    expect(told).toHaveLength(1);
  });

  it('follows at once when the wall was set forward, or the machine slept, and says so', () => {
    const { clock, time, told } = givenClock();

    time.setBy(HOUR_MS);

    expect(clock.nowMs()).toBe(START_MS + HOUR_MS);
    expect(told).toEqual([['clockSetForward', expect.objectContaining({ byMs: HOUR_MS })]]);
  });

  it('tells each step once, and the next one again', () => {
    const { clock, time, told } = givenClock();

    for (const stepMs of [-30_000, -30_000, 0, 60_000]) {
      time.setBy(stepMs);
      time.pass(10);
      clock.nowMs();
    }

    expect(told.map(([event]) => event)).toEqual(['clockSetBack', 'clockSetBack']);
  });

  it('continues where it was after a restart', async () => {
    const directory = await givenDirectory();
    const time = new FakeTime();
    await new TimeNotes(await openMachineClock(directory, silentLog, time), directory).close();

    time.setBy(-HOUR_MS);
    const second = await openMachineClock(directory, silentLog, time);

    expect(second.nowMs()).toBe(START_MS);
  });
});

describe('a server whose clock is set back', () => {
  it('hands out what was sent before at once, while it runs and after a restart, and purges it', async () => {
    const directory = await givenDirectory();
    const time = new FakeTime();
    const open = () => openLocalRuntime({ directory, port: 0, log: silentLog, time });
    let server = await open();
    const post = async (path: string, body: object): Promise<{ messages: { body: string }[] }> => {
      const answer = await fetch(`${server.url}/queues/orders/${path}`, { method: 'POST', body: JSON.stringify(body) });
      return (await answer.json()) as { messages: { body: string }[] };
    };
    await fetch(`${server.url}/queues/orders`, { method: 'PUT' });
    await post('messages', { messages: [{ body: 'first' }, { body: 'second' }, { body: 'third' }] });

    time.setBy(-HOUR_MS);
    const running = await post('receive', { max: 1 });
    await server.close();
    server = await open();
    const restarted = await post('receive', { max: 1 });
    time.pass(10);
    await post('purge', {});
    const purged = await post('receive', {});
    await server.close();

    expect(running.messages).toHaveLength(1);
    expect(restarted.messages).toHaveLength(1);
    expect(purged.messages).toEqual([]);
  });
});
