import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type ClientOptions, RewindMq } from '../../src/client/index.ts';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import type { LocalOptions } from '../../src/runtime/local-options.ts';
import { silentLog } from '../support/logs.ts';

/** A server for the tests of a file; `client` makes a client of it. */
export function givenServer(options: Partial<LocalOptions> = {}) {
  let url = '';
  let stop = async () => {};
  beforeAll(async () => {
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
