import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type ClientOptions, RewindMq } from '../../src/client/index.ts';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import type { LocalOptions } from '../../src/runtime/local-options.ts';
import { silentLog } from '../support/logs.ts';

/** A deployment to test; without it, a server starts in this process. */
const REMOTE_URL = process.env['REWINDMQ_URL'] ?? '';

/** Whether the server notices that a caller has left. */
export const IS_LOCAL = REMOTE_URL === '';

/** A server for the tests of a file; `client` makes a client of it. With options it is a server of this process. */
export function givenServer(options?: Partial<LocalOptions>) {
  let url = REMOTE_URL;
  let stop = async () => {};
  beforeAll(async () => {
    if (!IS_LOCAL && options === undefined) return;
    const directory = await mkdtemp(join(tmpdir(), 'rewindmq-client-'));
    const server = await openLocalRuntime({ directory, port: 0, log: silentLog, ...options });
    url = server.url;
    stop = async () => {
      await server.close();
      await rm(directory, { recursive: true });
    };
  });
  afterAll(() => stop());
  return { client: (more: Partial<ClientOptions> = {}) => new RewindMq({ url, ...more }) };
}
