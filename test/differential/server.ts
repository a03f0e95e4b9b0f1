import type { Memory, Step } from './script.ts';

/** Emulators read the region of it; nobody verifies it. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0';

type Answer = Readonly<Record<string, unknown>>;

/** Makes the calls at one server, and tells what each came to with what must differ made alike. */
export async function play(url: string, script: readonly Step[]): Promise<Map<string, string>> {
  const memory: Memory = { urls: new Map(), receipts: [], arns: '' };
  const outcomes = new Map<string, string>();
  for (const { title, action, input } of script) {
    const given = input(memory);
    const request = async () =>
      await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `AmazonSQS.${action}`,
          authorization: AUTHORIZATION,
        },
        body: typeof given === 'string' ? given : JSON.stringify(given),
      });
    // A server may close an idle connection in the moment it is used again.
    const response = await request().catch(request);
    const answer = read(await response.text());
    if (response.ok) remember(memory, given, answer);
    outcomes.set(title, response.ok ? JSON.stringify(alike(answer)) : `${response.status} ${typeOf(answer)}`);
  }
  return outcomes;
}

function read(body: string): Answer {
  try {
    return (body === '' ? {} : JSON.parse(body)) as Answer;
  } catch {
    return { __type: 'no JSON' };
  }
}

function remember(memory: Memory, given: object | string, { QueueUrl, Messages, Attributes }: Answer): void {
  const arn = (Attributes as { QueueArn?: string } | undefined)?.QueueArn;
  if (arn !== undefined) memory.arns = arn.slice(0, arn.lastIndexOf(':') + 1);
  if (typeof given === 'object' && 'QueueName' in given && typeof QueueUrl === 'string') {
    memory.urls.set(String(given.QueueName), QueueUrl);
  }
  if (!Array.isArray(Messages)) return;
  for (const { ReceiptHandle } of Messages as { ReceiptHandle: string }[]) memory.receipts.push(ReceiptHandle);
}

/** Some servers name it as JSON does, some as XML. */
const typeOf = ({ __type: type }: Answer): string => (String(type).split('#').at(-1) ?? '').replace(/Exception$/, '');

/** What each server makes up for itself, by the name of its field. */
const OWN = /^(MessageId|ReceiptHandle|SenderId|.*Timestamp|Message)$/;

function alike(value: unknown, name = ''): unknown {
  if (OWN.test(name)) return '*';
  if (Array.isArray(value)) return value.map((one) => alike(one)).toSorted(byText);
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(members.map(([key, member]) => [key, alike(member, key)]));
  }
  if (typeof value !== 'string') return value;
  return value
    .replace(/^http:.*\//, '')
    .replace(/arn:aws:sqs:[^:]*:\d*:/g, '')
    .replace(/(?<=[:,]) (?=["\d])/g, '');
}

const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
