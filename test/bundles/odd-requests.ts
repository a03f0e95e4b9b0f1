import { patientCallerOf } from './calling.ts';
import type { Deployed } from './deployed.ts';
import { show } from './shown.ts';
import { MARK, servingOf } from './storage-failures.ts';

const MEBIBYTE = 1024 * 1024;

interface Odd {
  readonly title: string;
  readonly body: string | Uint8Array;
  readonly type?: string;
  readonly status: number;
  readonly code?: string;
}

const ofBytes = (bytes: number) =>
  JSON.stringify({ messages: [{ body: 'x'.repeat(1_000) }], filler: 'x'.repeat(bytes) });
const FINE = JSON.stringify({ messages: [{ body: MARK }] });

/** Each is sent to an existing queue; the gateway forwards as text only bodies of a text type. */
const ODD: readonly Odd[] = [
  { title: 'a body in Base64', body: FINE, type: 'application/octet-stream', status: 200 },
  { title: 'a body without a type', body: FINE, type: '', status: 200 },
  {
    title: 'bytes that are no text',
    body: Buffer.concat([Buffer.from(MARK), Buffer.from([0xff, 0xfe])]),
    type: 'application/octet-stream',
    status: 400,
    code: 'invalidJson',
  },
  { title: 'what is no JSON', body: `${MARK}{`, status: 400, code: 'invalidJson' },
  { title: 'a field nobody knows', body: JSON.stringify({ [MARK]: MARK }), status: 400, code: 'invalidField' },
  { title: 'more than 4 MiB', body: ofBytes(4 * MEBIBYTE), status: 413, code: 'tooLarge' },
  {
    title: 'more than 4 MiB in Base64',
    body: ofBytes(4 * MEBIBYTE),
    type: 'application/octet-stream',
    status: 413,
    code: 'tooLarge',
  },
  { title: 'more than a function takes', body: ofBytes(7 * MEBIBYTE), status: 413 },
  { title: 'more than a gateway takes', body: ofBytes(11 * MEBIBYTE), status: 413 },
];

/** Invocations of a function that no gateway makes. */
const EVENTS: readonly (readonly [title: string, event: unknown])[] = [
  ['nothing', null],
  ['an empty event', {}],
  ['a list', []],
  ['text', 'event'],
  ['a number', 1],
  ['an event of version 1.0', { version: '1.0', resource: '/queues', httpMethod: 'GET', path: '/queues', headers: {} }],
  ['an event without headers', { rawPath: '/queues', rawQueryString: '', headers: null, requestContext: {} }],
  ['an event of a queue', { Records: [{ eventSource: 'aws:sqs', body: MARK }] }],
  ['a request without a method', { rawPath: '/queues', rawQueryString: '', headers: {}, requestContext: { http: {} } }],
];

/** Shows that invalid requests and events are answered, and nothing of them is logged. */
export async function showOddRequests(deployed: Deployed): Promise<void> {
  await patientCallerOf(deployed.url)('PUT', '/queues/odd', {});
  for (const odd of ODD) {
    const answer = await fetch(`${deployed.url}/queues/odd/messages`, {
      method: 'POST',
      headers: odd.type === '' ? {} : { 'content-type': odd.type ?? 'application/json' },
      body: Buffer.from(odd.body),
    });
    const text = await answer.text();
    const isRight = answer.status === odd.status && (odd.code === undefined || text.includes(`"code":"${odd.code}"`));
    show(`${odd.title} is answered with ${odd.status}`, isRight ? [] : [`${answer.status} ${text}`]);
  }
  const doubled = await fetch(`${deployed.url}//queues/odd`);
  const told = await doubled.text();
  const isTold = doubled.status === 404 && told.includes('with single slashes it is \\"/queues/odd\\"');
  show('a doubled slash is answered with 404 and the right path', isTold ? [] : [`${doubled.status} ${told}`]);
  for (const name of servingOf(deployed)) {
    const wrong: string[] = [];
    for (const [title, event] of EVENTS) {
      const answer = (await deployed.invoke(name, event)) as { statusCode?: number } | undefined;
      if (answer?.statusCode !== 400) wrong.push(`${title}: ${JSON.stringify(answer)}`);
    }
    show(`${name} refuses what is no request`, wrong);
  }
}

/** By now bodies went through every function, in successful and in failed calls. */
export function judgeLogs(deployed: Deployed): void {
  const lines = deployed.output.split('\n').filter((line) => line.includes(MARK));
  show('nothing that was in a body is logged', lines.slice(0, 3));
}
