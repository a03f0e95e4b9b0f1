import type { LookAtMessagesQuery } from '../../client/index.ts';
import type { Action, ApiCall } from './actions.ts';

/** Looks of the console. None of them takes a lease, raises a receive count or writes. */

const pathOf = (queue: string, rest = ''): string => `/queues/${encodeURIComponent(queue)}${rest}`;

/** Queues of one page of the list. */
const QUEUES_PER_PAGE = 1_000;

export const listQueues = (cursor?: string, counts: 'recent' | 'false' = 'recent'): Action => ({
  call: {
    method: 'GET',
    path: '/queues',
    query: { counts, limit: String(QUEUES_PER_PAGE), ...(cursor === undefined ? {} : { cursor }) },
  },
  words: ['queue', 'ls'],
});

/** @param counting - `true` counts exactly, which puts a barrier into each shard of a small queue */
export const showQueue = (name: string, counting: 'recent' | 'true' = 'recent'): Action => ({
  call: { method: 'GET', path: pathOf(name), query: { counts: counting } },
  words: ['queue', 'show', name],
});

export function lookAtMessages(queue: string, query: LookAtMessagesQuery): Action {
  const { state = 'ready', from, limit, cursor } = query;
  return {
    call: { method: 'GET', path: pathOf(queue, '/messages'), query: textsOf({ state, from, limit, cursor }) },
    words: [
      'peek',
      queue,
      '--state',
      state === 'inFlight' ? 'in-flight' : state,
      ...(from === undefined ? [] : ['--from', from]),
      ...(limit === undefined ? [] : ['--limit', String(limit)]),
    ],
  };
}

/** @param from - where a search that was cut short continues */
export const findMessage = (queue: string, id: string, from?: string): Action => ({
  call: { method: 'GET', path: pathOf(queue, `/messages/${encodeURIComponent(id)}`), query: textsOf({ from }) },
  words: ['find', id, queue],
});

export const listJobs = (queue: string): Action => ({
  call: { method: 'GET', path: pathOf(queue, '/rewinds'), query: { limit: '100' } },
  words: ['job', 'ls', queue],
});

export const listAllJobs: Action = {
  call: { method: 'GET', path: '/rewinds', query: { limit: '100' } },
  words: ['job', 'ls', '--limit', '100'],
};

export const showJob = (queue: string, id: string): Action => ({
  call: { method: 'GET', path: pathOf(queue, `/rewinds/${encodeURIComponent(id)}`) },
  words: ['job', 'show', queue, id],
});

export const showRoute = (queue: string): Action => ({
  call: { method: 'GET', path: pathOf(queue, '/route') },
  words: ['route', queue],
});

export const listCells: Action = { call: { method: 'GET', path: '/cells' }, words: ['route'] };
export const health: ApiCall = { method: 'GET', path: '/health' };

function textsOf(values: Readonly<Record<string, string | number | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
