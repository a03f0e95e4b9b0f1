import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { METRICS } from '../../src/runtime/env.ts';
import { type Answer, type Call, callerOf, patientCallerOf, type Received, type Sent } from './calling.ts';
import type { Deployed } from './deployed.ts';
import type { EngineAnswer, Fault } from './recorder.ts';
import { show } from './shown.ts';
import { callSqs, openFailingClient, queueOf, type TableFailure } from './sqs-failures.ts';

/** In every body sent here, so that leaks are found. */
export const MARK = 'body-of-a-message';

/** Functions without outside callers. */
const BACKGROUND: readonly string[] = ['Archiver', 'Controller', 'Rewinder'];

/** Functions that answer calls. */
export const servingOf = (deployed: Deployed): string[] =>
  deployed.functionNames.filter((name) => !BACKGROUND.includes(name));

const ERROR_NAMES = 'com.amazonaws.dynamodb.v20120810#';
const WRITES = /^dynamodb:(PutItem|UpdateItem|DeleteItem|BatchWriteItem) /;
const QUIET_MS_MAX = 20_000;

export const dynamoError = (status: number, name: string): EngineAnswer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify({ __type: ERROR_NAMES + name, message: 'made to fail' })),
});

const objectError = (status: number, name: string): EngineAnswer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(`<?xml version="1.0"?><Error><Code>${name}</Code><Message>made to fail</Message></Error>`),
});

const ofTables = (answer: () => EngineAnswer | Promise<EngineAnswer>): Fault => {
  return (asked) => (asked.some((one) => one.startsWith('dynamodb:')) ? answer() : undefined);
};
const ofObjects = (answer: EngineAnswer): Fault => {
  return (asked) => (asked.some((one) => one.startsWith('s3:')) ? answer : undefined);
};
const hangUp = (): never => {
  throw new Error('made to fail');
};

const THROTTLED = { status: 429, code: 'throttled' };
const UNAVAILABLE = { status: 503, code: 'unavailable' };
const TABLE_FAILURES: readonly TableFailure[] = [
  { title: 'throttles', fault: ofTables(() => dynamoError(400, 'ThrottlingException')), ...THROTTLED },
  {
    title: 'has a hot partition',
    fault: ofTables(() => dynamoError(400, 'ProvisionedThroughputExceededException')),
    ...THROTTLED,
  },
  { title: 'fails', fault: ofTables(() => dynamoError(500, 'InternalServerError')), ...UNAVAILABLE },
  { title: 'hangs up', fault: ofTables(hangUp), ...UNAVAILABLE },
  { title: 'does not answer', fault: ofTables(() => new Promise<never>(() => {})), ...UNAVAILABLE },
];

/** Shows callers' answers, and the stored state, while DynamoDB and S3 throttle or fail. */
export async function showStorageFailures(deployed: Deployed): Promise<void> {
  const call = callerOf(deployed.url);
  const serving = servingOf(deployed);
  const client = await openFailingClient(deployed);
  for (const failure of TABLE_FAILURES) {
    const path = `/queues/${queueOf(failure)}`;
    await patientCallerOf(deployed.url)('PUT', path, {});
    const undo = deployed.break(serving, failure.fault);
    // At once, because both try for many seconds.
    const [answers, inSqs] = await Promise.all([callEverything(call, path), callSqs(client, deployed, failure)]);
    undo();
    show(`every call says so while DynamoDB ${failure.title}`, answers.flatMap(wrongWith(failure)));
    show(`SQS and keys say so while DynamoDB ${failure.title}`, inSqs);
  }
  client.destroy();
  await showFailingCells(deployed, serving);
  await showThrottledWrites(deployed, serving);
  await showFullStore(deployed, serving);
  await showLostObjects(deployed, serving);
  await showMissingPermission(deployed, serving);
  await showArchiverOutage(deployed);
}

type Outcome = readonly [call: string, answer: Answer];

async function callEverything(call: Call, path: string): Promise<Outcome[]> {
  const messages = [{ body: MARK }];
  const receipts = ['unknown'];
  const calls: readonly (readonly [method: string, path: string, body?: object])[] = [
    ['PUT', path, { tags: { a: MARK } }],
    ['GET', path],
    ['PATCH', path, { delaySeconds: 1 }],
    ['GET', '/queues'],
    ['POST', `${path}/messages`, { messages }],
    ['POST', `${path}/receive`, {}],
    ['POST', `${path}/receive`, { waitSeconds: 5 }],
    ['GET', `${path}/messages`],
    ['GET', `${path}/messages?state=deleted`],
    ['POST', `${path}/delete`, { receipts }],
    ['POST', `${path}/visibility`, { receipts, visibilitySeconds: 1 }],
    ['POST', `${path}/purge`, {}],
    ['DELETE', `${path}/purge`],
    ['POST', `${path}/rewinds`, { from: '2020-01-01T00:00:00Z' }],
    ['GET', `${path}/rewinds`],
    ['POST', `${path}/redrive`, {}],
    ['DELETE', path],
  ];
  return await Promise.all(
    calls.map(async (one): Promise<Outcome> => [`${one[0]} ${one[1]}`, await call(one[0], one[1], one[2])]),
  );
}

const wrongWith =
  ({ status, code }: Pick<TableFailure, 'status' | 'code'>) =>
  ([name, answer]: Outcome): string[] => {
    const { error } = answer.body as { error?: { code: string } };
    const isRight = answer.status === status && error?.code === code && Number(answer.headers.get('retry-after')) > 0;
    return isRight && !/\n\s+at |\.ts:|\.js:/.test(answer.text) ? [] : [`${name}: ${answer.status} ${answer.text}`];
  };

/** Functions that know the route of a queue whose cells fail; a delete may answer entry by entry. */
async function showFailingCells(deployed: Deployed, serving: readonly string[]): Promise<void> {
  const call = callerOf(deployed.url);
  const patiently = patientCallerOf(deployed.url);
  const path = '/queues/known';
  await patiently('PUT', path, {});
  for (const { title, fault, status, code } of TABLE_FAILURES.slice(1, 4)) {
    await patiently('POST', `${path}/messages`, { messages: [{ body: MARK }] });
    const { body } = await patiently<Received>('POST', `${path}/receive`, { waitSeconds: 10, visibilitySeconds: 600 });
    const receipts = body.messages.map(({ receipt }) => receipt);
    await patiently('POST', `${path}/delete`, { receipts: ['unknown'] });
    const undo = deployed.break(serving, (asked) =>
      asked[0]?.endsWith(' on cells') === true ? fault(asked) : undefined,
    );
    const whole = await Promise.all([
      call('POST', `${path}/receive`, {}),
      call('GET', path),
      call('GET', `${path}/messages`),
    ]);
    const byEntry = await Promise.all([
      call<Failed>('POST', `${path}/delete`, { receipts }),
      call<Failed>('POST', `${path}/visibility`, { receipts, visibilitySeconds: 60 }),
    ]);
    undo();
    show(`calls say so while a known queue's cells are as one that ${title}`, [
      ...whole.flatMap((answer) => wrongWith({ status, code })(['whole', answer])),
      ...byEntry
        .filter(({ body: { failed = [] } }) => failed.length !== receipts.length)
        .flatMap((answer) => wrongWith({ status, code })(['by entry', answer])),
    ]);
  }
}

/** Reads succeed, so that every call gets as far as its own write. */
async function showThrottledWrites(deployed: Deployed, serving: readonly string[]): Promise<void> {
  const call = callerOf(deployed.url);
  const path = '/queues/read-only';
  await patientCallerOf(deployed.url)('PUT', path, {});
  for (const failure of [TABLE_FAILURES[0], TABLE_FAILURES[2]] as readonly TableFailure[]) {
    const undo = deployed.break(serving, (asked) => (WRITES.test(asked[0] ?? '') ? failure.fault(asked) : undefined));
    const calls: readonly (readonly [method: string, path: string, body?: object])[] = [
      ['PUT', `${path}-new`, {}],
      ['PATCH', path, { delaySeconds: 1 }],
      ['POST', `${path}/messages`, { messages: [{ body: MARK }] }],
      ['POST', `${path}/purge`, {}],
      ['POST', `${path}/rewinds`, { from: '2020-01-01T00:00:00Z' }],
      ['DELETE', path],
    ];
    const answers = await Promise.all(
      calls.map(async (one): Promise<Outcome> => [`${one[0]} ${one[1]}`, await call(one[0], one[1], one[2])]),
    );
    undo();
    show(
      `every change says so while the writes of DynamoDB are as of one that ${failure.title}`,
      answers.flatMap(wrongWith(failure)),
    );
  }
}

interface Failed {
  readonly failed?: readonly object[];
}

/** Sends keep trying for a while, and are still answered before their gateway gives up. */
async function showFullStore(deployed: Deployed, serving: readonly string[]): Promise<void> {
  const path = '/queues/full/messages';
  const call = callerOf(deployed.url);
  await patientCallerOf(deployed.url)('PUT', '/queues/full', {});
  await patientCallerOf(deployed.url)('POST', path, { messages: [{ body: MARK }] });
  const undo = deployed.break(serving, (asked) => {
    if (asked[0]?.startsWith('s3:') === true) return objectError(503, 'SlowDown');
    return asked[0]?.endsWith(' on cells') === true ? dynamoError(400, 'ThrottlingException') : undefined;
  });
  const answers = await Promise.all(
    [MARK, large()].map(async (body): Promise<Outcome> => ['send', await call('POST', path, { messages: [{ body }] })]),
  );
  undo();
  show('sends say so while cells and S3 throttle', answers.flatMap(wrongWith(THROTTLED)));
}

/** Too large for a table, however well it is packed. */
const large = (): string => MARK + randomBytes(60_000).toString('base64');

async function showLostObjects(deployed: Deployed, serving: readonly string[]): Promise<void> {
  const call = callerOf(deployed.url);
  const patiently = patientCallerOf(deployed.url);
  const sent = await patiently<Sent>('POST', '/queues/full/messages', { messages: [{ body: large() }] });
  const find = () => call('GET', `/queues/full/messages/${sent.body.messages[0]?.id}`);
  for (const [title, error, expected] of [
    ['throttles', objectError(503, 'SlowDown'), THROTTLED],
    ['fails', objectError(500, 'InternalError'), UNAVAILABLE],
  ] as const) {
    const undo = deployed.break(serving, ofObjects(error));
    const unread = await find();
    undo();
    show(`a look that needs S3 says so while it ${title}`, wrongWith(expected)(['find', unread]));
  }
  const { messages } = (await patiently<Received>('POST', '/queues/full/receive', { max: 10, waitSeconds: 10 })).body;
  show('what was not read then comes later', messages.length > 0 ? [] : ['nothing came']);
}

/** A failure that only a wrong role causes is a bug to callers: the answer has only its id, and it is logged. */
async function showMissingPermission(deployed: Deployed, serving: readonly string[]): Promise<void> {
  const undo = deployed.break(
    serving,
    ofTables(() => dynamoError(400, 'AccessDeniedException')),
  );
  const answer = await callerOf(deployed.url)<{ error: { code: string; requestId: string } }>('GET', '/queues');
  undo();
  const { error } = answer.body;
  const isRight = answer.status === 500 && error.code === 'internalError' && !answer.text.includes('AccessDenied');
  show('a missing permission is told by an id alone', isRight ? [] : [`${answer.status} ${answer.text}`]);
  const isLogged = deployed.output.includes(error.requestId) && deployed.output.includes('AccessDeniedException');
  show('and logged under that id', isLogged ? [] : ['it is not in the log']);
  const isCounted = deployed.output.includes(`"${METRICS.failedCalls}":1`);
  show('and counted for its alarm', isCounted ? [] : ['no such metric was written']);
}

/** While the archiver cannot read or write, calls continue; afterwards it has missed nothing. */
async function showArchiverOutage(deployed: Deployed): Promise<void> {
  const call = patientCallerOf(deployed.url);
  const path = '/queues/unarchived';
  const failuresBefore = deployed.streamFailures;
  await call('PUT', path, {});
  const undo = deployed.break(['Archiver'], (asked) =>
    asked[0]?.startsWith('s3:') === true ? objectError(503, 'SlowDown') : dynamoError(500, 'InternalServerError'),
  );
  await call('POST', `${path}/messages`, { messages: [{ body: MARK }] });
  const { body } = await call<Received>('POST', `${path}/receive`, { waitSeconds: 5 });
  await call('POST', `${path}/delete`, { receipts: body.messages.map(({ receipt }) => receipt) });
  for (const deadline = Date.now() + QUIET_MS_MAX; deployed.streamFailures === failuresBefore; await sleep(50)) {
    if (Date.now() > deadline) break;
  }
  undo();
  const hasFailed = deployed.streamFailures > failuresBefore;
  let archived = '';
  for (const deadline = Date.now() + QUIET_MS_MAX; !archived.includes(MARK) && Date.now() < deadline; await sleep(50)) {
    archived = (await call('GET', `${path}/messages?state=deleted`)).text;
  }
  show('what was deleted while the archiver failed is archived after it', [
    ...(hasFailed ? [] : ['the archiver did not fail']),
    ...(archived.includes(MARK) ? [] : [`the archive holds ${archived}`]),
  ]);
}
