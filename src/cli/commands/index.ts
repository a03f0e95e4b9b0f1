import type { Define } from '../frame/command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly about: string;
  readonly group: string;
  /** Loads the command: a start pays only for the one it runs. */
  load(): Promise<{ readonly define: Define }>;
}

const QUEUES = 'Queues:';
const MESSAGES = 'Messages:';
const JOBS = 'Rewinds and redrives:';
const PUSH = 'Push:';
const SETUP = 'Set up:';

/** Every command, in the order of the help; `completion` and `complete` belong to the parser itself. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'queue',
    group: QUEUES,
    about: 'list, create, show, edit and remove queues',
    load: () => import('./queue.ts'),
  },
  { name: 'top', group: QUEUES, about: 'a live table of queues', load: () => import('./top.ts') },
  {
    name: 'route',
    group: QUEUES,
    about: 'shards of a queue, and why they changed; cells',
    load: () => import('./route.ts'),
  },
  {
    name: 'stats',
    group: QUEUES,
    about: 'counts of a queue, once or again and again',
    load: () => import('./stats.ts'),
  },
  {
    name: 'usage',
    group: QUEUES,
    about: 'calls and messages of each day, and what they would cost on AWS',
    load: () => import('./usage.ts'),
  },
  {
    name: 'send',
    group: MESSAGES,
    about: 'send messages from arguments, a file or stdin',
    load: () => import('./send.ts'),
  },
  { name: 'recv', group: MESSAGES, about: 'receive messages; this takes leases', load: () => import('./recv.ts') },
  {
    name: 'peek',
    group: MESSAGES,
    about: 'look at messages of one state; this changes nothing',
    load: () => import('./peek.ts'),
  },
  {
    name: 'tail',
    group: MESSAGES,
    about: 'follow what is sent; this takes no leases',
    load: () => import('./tail.ts'),
  },
  { name: 'find', group: MESSAGES, about: 'find a message by its id, in any state', load: () => import('./find.ts') },
  {
    name: 'message',
    group: MESSAGES,
    about: 'delete one message, or end or extend its lease',
    load: () => import('./message.ts'),
  },
  {
    name: 'dump',
    group: MESSAGES,
    about: 'write all messages of a queue as JSON lines',
    load: () => import('./dump.ts'),
  },
  { name: 'load', group: MESSAGES, about: 'send what a dump has written', load: () => import('./load.ts') },
  {
    name: 'rewind',
    group: JOBS,
    about: 'make deleted messages available again, after a preview',
    load: () => import('./rewind.ts'),
  },
  {
    name: 'redrive',
    group: JOBS,
    about: 'move dead letters back to their queues, after a preview',
    load: () => import('./redrive.ts'),
  },
  {
    name: 'job',
    group: JOBS,
    about: 'list, show, watch and cancel rewinds and redrives',
    load: () => import('./job.ts'),
  },
  {
    name: 'push',
    group: PUSH,
    about: 'let a queue call a function with its messages',
    load: () => import('./push.ts'),
  },
  {
    name: 'context',
    group: SETUP,
    about: 'name servers and deployments, and choose one',
    load: () => import('./context.ts'),
  },
  { name: 'keys', group: SETUP, about: 'create, list and revoke access keys', load: () => import('./keys.ts') },
  {
    name: 'doctor',
    group: SETUP,
    about: 'check a server, and say what is wrong with it',
    load: () => import('./doctor.ts'),
  },
  { name: 'bench', group: SETUP, about: 'measure a server with a queue of its own', load: () => import('./bench.ts') },
  {
    name: 'completion',
    group: SETUP,
    about: 'print what completes commands in a shell',
    load: () => import('./completion.ts'),
  },
];
