import type {
  CreateQueueRequest,
  SendMessagesRequest,
  StartRedriveRequest,
  StartRewindRequest,
  UpdateQueueRequest,
} from '../../client/index.ts';
import { attributeWords, settingWords } from './flags.ts';

/** A call of the REST protocol. */
export interface ApiCall {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Something that the console does: the call that it makes, and the words of the command line that do the same. */
export interface Action {
  readonly call: ApiCall;
  readonly words: readonly string[];
}

export type NewMessage = SendMessagesRequest['messages'][number];

const pathOf = (queue: string, rest = ''): string => `/queues/${encodeURIComponent(queue)}${rest}`;

export const createQueue = (name: string, attributes: CreateQueueRequest): Action => ({
  call: { method: 'PUT', path: pathOf(name), body: attributes },
  words: ['queue', 'create', name, ...settingWords(attributes)],
});

export const updateQueue = (name: string, changes: UpdateQueueRequest): Action => ({
  call: { method: 'PATCH', path: pathOf(name), body: changes },
  words: ['queue', 'edit', name, ...settingWords(changes)],
});

export const deleteQueue = (name: string, isForced: boolean): Action => ({
  call: { method: 'DELETE', path: pathOf(name), ...(isForced ? { query: { force: 'true' } } : {}) },
  words: ['queue', 'rm', name, ...(isForced ? ['--force'] : []), '--yes'],
});

export const restoreQueue = (name: string): Action => ({
  call: { method: 'POST', path: pathOf(name, '/restore'), body: {} },
  words: ['queue', 'restore', name],
});

export const purgeQueue = (name: string): Action => ({
  call: { method: 'POST', path: pathOf(name, '/purge'), body: {} },
  words: ['queue', 'purge', name, '--yes'],
});

export const undoPurge = (name: string): Action => ({
  call: { method: 'DELETE', path: pathOf(name, '/purge') },
  words: ['queue', 'purge', name, '--undo'],
});

export function sendMessage(queue: string, message: NewMessage): Action {
  const { body, attributes = {}, delaySeconds, deliverAt } = message;
  return {
    call: { method: 'POST', path: pathOf(queue, '/messages'), body: { messages: [message] } },
    words: [
      'send',
      queue,
      ...attributeWords(attributes),
      ...(delaySeconds === undefined ? [] : ['--delay', `${delaySeconds}s`]),
      ...(deliverAt === undefined ? [] : ['--at', deliverAt]),
      // Words that begin with a dash are options elsewhere.
      ...(body.startsWith('-') ? ['--', body] : [body]),
    ],
  };
}

export function startRewind(queue: string, request: Omit<StartRewindRequest, 'dryRun'>, isDryRun: boolean): Action {
  const { from, to, by, filter, into, perSecond } = request;
  return {
    call: {
      method: 'POST',
      path: pathOf(queue, '/rewinds'),
      body: isDryRun ? { ...request, dryRun: true } : request,
    },
    words: [
      'rewind',
      queue,
      '--from',
      from,
      ...(to === undefined ? [] : ['--to', to]),
      ...(by === undefined ? [] : ['--by', by]),
      ...filterWords(filter),
      ...(into === undefined ? [] : ['--into', into]),
      ...(perSecond === undefined ? [] : ['--rate', String(perSecond)]),
      isDryRun ? '--dry-run' : '--yes',
    ],
  };
}

export function startRedrive(queue: string, request: StartRedriveRequest): Action {
  const { into, max, perSecond, filter, ids = [] } = request;
  return {
    call: { method: 'POST', path: pathOf(queue, '/redrive'), body: request },
    words: [
      'redrive',
      queue,
      ...filterWords(filter),
      ...ids.flatMap((id) => ['--id', id]),
      ...(into === undefined ? [] : ['--into', into]),
      ...(max === undefined ? [] : ['--max', String(max)]),
      ...(perSecond === undefined ? [] : ['--rate', String(perSecond)]),
      '--yes',
    ],
  };
}

const messagePath = (queue: string, id: string): string => pathOf(queue, `/messages/${encodeURIComponent(id)}`);

export const deleteMessage = (queue: string, id: string): Action => ({
  call: { method: 'DELETE', path: messagePath(queue, id) },
  words: ['message', 'rm', queue, id],
});

/** Ends the lease of a message in flight. */
export const releaseMessage = (queue: string, id: string): Action => ({
  call: { method: 'POST', path: `${messagePath(queue, id)}/visibility`, body: { visibilitySeconds: 0 } },
  words: ['message', 'release', queue, id],
});

/** Lets the lease of a message in flight end so many seconds from now. */
export const holdMessage = (queue: string, id: string, visibilitySeconds: number): Action => ({
  call: { method: 'POST', path: `${messagePath(queue, id)}/visibility`, body: { visibilitySeconds } },
  words: ['message', 'hold', queue, id, '--for', `${visibilitySeconds}s`],
});

export const cancelJob = (queue: string, id: string): Action => ({
  call: { method: 'DELETE', path: pathOf(queue, `/rewinds/${encodeURIComponent(id)}`) },
  words: ['job', 'cancel', queue, id],
});

const filterWords = (filter: StartRedriveRequest['filter']): string[] =>
  Object.entries(filter?.attributes ?? {}).flatMap(([name, wanted]) => [
    '--attr',
    `${name}=${typeof wanted === 'string' ? wanted : wanted.value}`,
  ]);
