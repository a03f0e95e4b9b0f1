import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import { RestClient } from './rest-client.ts';

/** A deployment or a running server to test; without it, a server starts in this process. */
const REMOTE_URL = process.env['REWINDMQ_URL'] ?? '';

/** Whether the server shares this machine, so that promises about milliseconds can be checked. */
export const IS_LOCAL = REMOTE_URL === '';

/** The front door of a tested deployment: `http-api`, `function-url`, or none. */
const FRONT_DOOR = process.env['REWINDMQ_FRONT_DOOR'] ?? '';

/** Whether API Gateway is in front, which decodes paths and itself answers requests without a route. */
export const IS_BEHIND_GATEWAY = FRONT_DOOR === 'http-api';

/** Whether Lambda events carry requests, in which a JSON body is text. */
export const IS_BY_EVENTS = FRONT_DOOR !== '';

/** A client of the server under test, for all tests of a file. */
export function givenServer(): { readonly rest: RestClient } {
  let rest: RestClient | undefined;
  let stop = async () => {};
  beforeAll(async () => {
    if (!IS_LOCAL) {
      rest = new RestClient(REMOTE_URL);
      return;
    }
    const directory = await mkdtemp(join(tmpdir(), 'rewindmq-rest-'));
    const runtime = await openLocalRuntime({ directory, port: 0, cellCount: 2, shardsPerQueue: 2 });
    rest = new RestClient(runtime.url);
    stop = async () => {
      await runtime.close();
      await rm(directory, { recursive: true });
    };
  });
  afterAll(() => stop());
  return {
    get rest() {
      if (rest === undefined) throw new Error('the server is there once tests run');
      return rest;
    },
  };
}
