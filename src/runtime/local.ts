import type { QueueService } from '../engine/index.ts';
import { urlOf } from './greeting.ts';
import { type AnsweredCall, HttpHost } from './http.ts';
import type { RestHandler } from './lambda.ts';
import type { LocalOptions } from './local-options.ts';
import { type LocalWorld, openDirectoryWorld, openMemoryWorld, type WorldOptions } from './local-world.ts';
import { stderrLog } from './log.ts';
import { openMachineClock } from './machine-clock.ts';
import { ServerMetrics } from './metrics.ts';

/** A server on this machine. */
export interface LocalRuntime {
  /** The address at which this machine reaches it. */
  readonly url: string;
  readonly service: QueueService;
  /** Ends within 5 s: waiting receives are answered, running calls finish, everything is on disk. */
  close(): Promise<void>;
}

/** Running calls get this long when the server ends; the rest of the 5 s is for the store. */
const GRACE_MS = 3_500;

/**
 * Opens the queue service on this machine: the engine and the functions of a deployment over an embedded store.
 * @throws QueueError `Unavailable` when another process uses the directory; the system's error for a port in use
 */
export async function openLocalRuntime(options: LocalOptions): Promise<LocalRuntime> {
  const { directory, host = '127.0.0.1', port, log = stderrLog } = options;
  const clock = await openMachineClock(directory, log, options.time);
  const metrics = new ServerMetrics(() => world.service);
  const given: WorldOptions = { options, clock, log, startedAtMs: clock.nowMs(), metrics };
  let world: LocalWorld =
    directory === undefined ? await openMemoryWorld(given, reset) : await openDirectoryWorld(given, directory);
  const handler: RestHandler = (event, context) => world.handler(event, context);
  const onAnswered = (call: AnsweredCall) => {
    metrics.note(call);
    options.onAnswered?.(call);
  };
  const server = await HttpHost.open({ handler, onAnswered, host, port, log }).catch(async (error: unknown) => {
    await world.close();
    throw error;
  });
  return {
    url: urlOf(host, server.boundTo),
    get service() {
      return world.service;
    },
    close: async () => {
      await server.close(GRACE_MS);
      await world.close();
    },
  };

  /** Running calls finish on the world they began with; waiting receives end at once. */
  async function reset(): Promise<void> {
    const next = await openMemoryWorld(given, reset);
    const former = world;
    world = next;
    server.endWaits();
    former.close().catch((error: unknown) => log.error('resetFailed', error));
  }
}
