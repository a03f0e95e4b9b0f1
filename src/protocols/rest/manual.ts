import { BY_ID_MANUAL } from './manual-by-id.ts';
import { type ManualEntry, PUSH_MANUAL } from './manual-push.ts';

const QUEUE = {
  name: 'orders',
  createdAt: '2026-11-22T16:00:00.000Z',
  visibilitySeconds: 60,
  delaySeconds: 0,
  waitSeconds: 0,
  rewindSeconds: 604_800,
  deadLetter: { queue: 'orders-dead', maxReceives: 5 },
  tags: { team: 'billing' },
};
const ID = '019a-example-id';
const RECEIPT = 'nLvKHkpADz-example-receipt';
const ATTRIBUTES = { kind: { type: 'string', value: 'refund' } };
const UNDO = { undoUntil: '2026-11-22T17:00:00.000Z' };
const SEEN = {
  id: ID,
  state: 'ready',
  body: 'first',
  attributes: ATTRIBUTES,
  sentAt: '2026-11-22T16:00:00.000Z',
  visibleAt: '2026-11-22T16:00:00.000Z',
  receiveCount: 0,
};
const REWIND = {
  id: 'example-rewind',
  state: 'running',
  by: 'sentAt',
  from: '2026-11-22T00:00:00.000Z',
  to: '2026-11-22T16:00:00.000Z',
  into: 'orders',
  startedAt: '2026-11-22T16:00:00.000Z',
  objectsTotal: 12,
  objectsDone: 3,
  messagesMatched: 2_500,
  messagesRewound: 2_500,
  damaged: 0,
  percent: 25,
};
const HISTORY_STEPS = { span: '1h', from: '2026-11-22T15:00:00.000Z', stepSeconds: 60 };
const SERIES_EXAMPLE = {
  sent: [12],
  received: [11],
  receivedAgain: [1],
  deleted: [10],
  deadLettered: [0],
  ready: [2],
  inFlight: [1],
  delayed: [0],
  oldestReadySeconds: [4],
};
const USED = { calls: 3_000, callSeconds: 21.5, sent: 900, received: 910, deleted: 898, dollars: 0.0077 };
const NO_LOAD = { writeUnitsPerSecond: 0, readUnitsPerSecond: 0 };

/** Text and examples for readers of the API description, by the id of the operation. */
export const MANUAL: Readonly<Record<string, ManualEntry>> = {
  createQueue: {
    description:
      'Creates the queue. Where it exists, nothing changes: the answer is 200 if each attribute that is ' +
      'given has that value there, and 409 `queueExists` with the name of the first that differs. ' +
      'Attributes that are left out are the defaults.',
    request: { visibilitySeconds: 60, deadLetter: { queue: 'orders-dead', maxReceives: 5 } },
    answer: QUEUE,
  },
  reset: {
    description:
      'Only a server in memory has this call (`--in-memory`). Queues, messages, the archive and keys are gone, and ' +
      'queues of `--queues` are made anew. Waiting receives are answered at once.',
  },
  listQueues: {
    description: 'Answers a page of queues in the order of their names. `cursor` of the answer gives the next page.',
    answer: { queues: [QUEUE], cursor: 'orders' },
  },
  getQueue: {
    description:
      'Always `sent + rewound = ready + delayed + inFlight + damaged + deadLettered + deleted + purged`. ' +
      '`countsExact` says whether each count is exact at `countsAsOf`; with many messages some are ' +
      'estimates. With `counts=recent` they are never exact, and the call writes nothing.',
    answer: {
      ...QUEUE,
      counts: {
        ready: 2,
        delayed: 0,
        inFlight: 1,
        damaged: 0,
        deadLettered: 0,
        deleted: 7,
        purged: 0,
        sent: 10,
        rewound: 0,
      },
      countsAsOf: '2026-11-22T16:00:00.000Z',
      countsExact: true,
      oldestReadyAgeSeconds: 1.5,
    },
  },
  updateQueue: {
    description: 'Changes the attributes that are given and no others. `null` takes `deadLetter` or `shards` away.',
    request: { visibilitySeconds: 60, deadLetter: null },
    answer: { ...QUEUE, deadLetter: undefined },
  },
  deleteQueue: {
    description:
      'Takes the same time whatever the queue holds. What it held is discarded an hour later, until when ' +
      'the deletion can be undone. Refused with 409 `queueInUse` while other queues send their dead letters ' +
      'here, unless `force` is true.',
    answer: UNDO,
  },
  restoreQueue: {
    description: 'Brings back messages, leases, settings, tags and counts. Rewinds come back cancelled.',
    request: { as: 'orders-restored' },
    answer: QUEUE,
  },
  purgeQueue: {
    description: 'Takes the same time whatever the queue holds. What is sent from now on stays.',
    request: {},
    answer: UNDO,
  },
  undoPurge: { description: 'Brings back what the last purge took away, within an hour of it.', answer: {} },
  sendMessages: {
    description:
      'Stores 1 to 1,000 messages, 4 MiB in all and 1 MiB each. The answer has an entry for each message in ' +
      'order: its `id`, or an `error` while others were stored. A repeat after an error may send a message ' +
      'twice.',
    request: {
      messages: [
        { body: 'first', attributes: ATTRIBUTES },
        { body: 'later', delaySeconds: 3_600 },
      ],
    },
    answer: { messages: [{ id: ID }, { id: `${ID}-2` }] },
  },
  receiveMessages: {
    description:
      'Answers up to `max` messages, 4 MiB in all. Nobody else gets them for `visibilitySeconds`; delete ' +
      'each one by its receipt before that, or it comes again. An empty answer comes only after ' +
      '`waitSeconds`, when nothing was ready. On AWS it comes sooner while receives take most of the processes ' +
      'that they may: then `Retry-After` says for how many seconds to pause. `delete` takes the receipts of messages ' +
      'that are done, so that a worker makes one call a round: they are deleted first, and the answer has `deleted` ' +
      'and `failed` as that of a delete. If nothing can be received then, `receiveError` says why. Looks at a ' +
      'message in flight show `consumer` as `heldBy`, on one machine.',
    request: { max: 10, waitSeconds: 20, delete: [RECEIPT], consumer: 'worker-1' },
    answer: {
      messages: [
        {
          id: ID,
          body: 'first',
          attributes: ATTRIBUTES,
          receipt: RECEIPT,
          sentAt: '2026-11-22T16:00:00.000Z',
          firstReceivedAt: '2026-11-22T16:00:01.000Z',
          receiveCount: 1,
        },
      ],
      deleted: 1,
      failed: [],
    },
  },
  deleteMessages: {
    description: 'Receipts that failed are listed with the reason; all others are deleted. Safe to repeat.',
    request: { receipts: [RECEIPT] },
    answer: { deleted: 1, failed: [] },
  },
  changeVisibility: {
    description: 'Holds messages for that many seconds from now on. 0 makes them ready at once.',
    request: { receipts: [RECEIPT], visibilitySeconds: 300 },
    answer: { changed: 1, failed: [] },
  },
  lookAtMessages: {
    description:
      'Changes nothing: no lease, no receive count. Oldest first, from `from` on. A page may be empty and ' +
      'have a cursor.',
    answer: { messages: [SEEN] },
  },
  findMessage: {
    description:
      'Looks where the message can be, the archive included. The search is bounded: a 404 says in ' +
      '`searched` how far it came.',
    answer: SEEN,
  },
  startRewind: {
    description:
      'Makes deleted messages ready again that were sent, or deleted, from `from` on and before `to`. ' +
      '`dryRun` counts them and answers 200. A rewind is a job: 202 means that it has begun. What is deleted after ' +
      'the answer stays deleted. `cutTo`: what was deleted before it is kept no more, or only in part. With ' +
      '`perSecond` up to 1,000 messages come at once, and the next when those have had their time. `damaged` ' +
      'counts what it cannot bring, because what holds it is damaged or missing; then it ends as `failed`, ' +
      'and `error` names the first object.',
    request: { from: '2026-11-22T00:00:00.000Z', filter: { attributes: { kind: 'refund' } } },
    answer: REWIND,
  },
  listRewinds: {
    description: 'Rewinds and redrives, newest first. The record of one leaves 30 days after its end.',
    answer: { rewinds: [REWIND], cursor: REWIND.id },
  },
  listAllRewinds: {
    description: 'Rewinds and redrives of all queues that exist, newest first, with the queue that each belongs to.',
    answer: { rewinds: [{ queue: 'orders', rewind: REWIND }] },
  },
  getRewind: {
    description:
      '`percent` is by objects of the archive, of a redrive by messages that were ready at its start. Counts grow ' +
      'while `state` is `running`.',
    answer: REWIND,
  },
  cancelRewind: {
    description:
      'Ends the rewind, or takes it back for a day after its end: what it made ready and nobody has received. ' +
      '409 `notRunning` later, and for a redrive that has ended: what it moved stays where it is.',
    answer: { ...REWIND, state: 'cancelled', finishedAt: '2026-11-22T16:00:05.000Z' },
  },
  startRedrive: {
    description:
      'Moves dead letters back to the queues that they came from, or all to `into`, at most `perSecond`: one pass ' +
      'over what is ready when it starts. What does not pass `filter`, or is not among `ids`, stays as it is.',
    request: { perSecond: 50 },
    answer: REWIND,
  },
  ...BY_ID_MANUAL,
  ...PUSH_MANUAL,
  getRoute: {
    description:
      'For operators. Rates are of ten seconds ago; `planned` is what the controller would do now, with the ' +
      'cause.',
    answer: {
      name: 'orders',
      version: 1,
      shards: [{ id: '0-1', cell: '0', state: 'open', since: '2026-11-22T16:00:00.000Z', throttlesPerSecond: 0 }],
      load: { ...NO_LOAD, messagesPerSecond: 0, lostClaimsPerSecond: 0 },
      planned: [],
      decisions: [],
    },
  },
  listCells: {
    description: 'For operators. A cell is one table of the deployment; `removable` says whether it can leave.',
    answer: {
      cells: [
        {
          id: '0',
          number: 0,
          state: 'open',
          openShards: 4,
          drainingShards: 0,
          removable: false,
          why: 'it is open; leavingCells does not name it',
          load: { ...NO_LOAD, throttlesPerSecond: 0, failuresPerSecond: 0 },
          planned: [],
          decisions: [],
        },
      ],
    },
  },
  getHistory: {
    description:
      'Numbers by series, one for each step from `from` on; `null` where nothing is known. `sent`, `received`, ' +
      '`receivedAgain`, `deleted` and `deadLettered` happened within the step. `ready`, `inFlight`, `delayed` and ' +
      '`oldestReadySeconds` are the largest of its minutes. Steps are minutes for `1h`, five minutes for `6h` and ' +
      '`1d`, and hours for `14d`. Reads no queue. A deployment on AWS keeps its metrics in CloudWatch, and answers ' +
      '`null` alone.',
    answer: { name: 'orders', ...HISTORY_STEPS, series: SERIES_EXAMPLE },
  },
  listHistory: {
    description: 'As `getHistory`, for all queues at once and with fewer series. Queues that were empty are left out.',
    answer: { ...HISTORY_STEPS, queues: [{ name: 'orders', series: { sent: [12], deleted: [10], ready: [2] } }] },
  },
  listUsage: {
    description:
      'Days in UTC on which something was called, oldest first, and their months; the last ones are not over yet. ' +
      '`dollars` estimates what calls and messages would cost on AWS in us-east-1. Those of a month include what a ' +
      'deployment costs without any.',
    answer: { days: [{ day: '2026-11-22', ...USED }], months: [{ month: '2026-11', ...USED, dollars: 2.48 }] },
  },
  getHealth: {
    description: 'Needs no signature.',
    answer: { status: 'ok', version: '0.2.0', uptimeSeconds: 12.5 },
  },
  getReadiness: {
    description: 'Needs no signature. Anything but 200 means: send calls elsewhere for now.',
    answer: { status: 'ready' },
  },
  getOpenApi: { description: 'This document. Needs no signature.', answer: { openapi: '3.1.0' } },
};

/** Descriptions of parameters, by name. */
export const PARAMETERS: Readonly<Record<string, string>> = {
  name: 'The queue.',
  id: 'As an answer told it.',
  prefix: 'Only queues whose names start so.',
  limit: 'Entries of the page.',
  cursor: 'Where the page before ended, as its answer told it.',
  state: 'Which messages. Default: ready.',
  from: 'Where to begin.',
  span: 'How far back. Default: 1h.',
  force: 'Delete it though other queues send their dead letters here.',
  counts: 'Whether and how messages are counted. `recent` is as of the last report, and writes nothing.',
};
