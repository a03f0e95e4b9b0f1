import type { NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import type { CallEnd } from '../../model/push/index.ts';
import type { PushAnswer, PushCall, PushMessage, PushTarget } from '../../ports/push-target.ts';
import { type SentBatch, sentBatches } from '../../protocols/sqs/outgoing.ts';
import { SignedHttp } from '../lambda-http.ts';
import { isAllowedUrl } from './allowed-targets.ts';
import { failureOf, refusalIn } from './aws-failure.ts';
import { AWS_CONNECTIONS } from './lambda-target.ts';

interface SqsTargetOptions {
  /** Origins and URLs of queues that may be called: what is sent there is signed with the server's credentials. */
  readonly allowed: readonly string[];
  /** @default a connection for each request that runs, made within 5 s */
  readonly requestHandler?: NodeHttpHandlerOptions;
}

/** Requests of one call that run at once. */
const REQUESTS_AT_ONCE = 10;
const DEFAULT_REGION = 'us-east-1';
/** Queue URLs of AWS, as it writes them. */
const AWS_HOST = /^sqs(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** Why a queue URL is never called; `undefined`: it may be. */
export function queueUrlRefusal(text: string, allowed: readonly string[]): string | undefined {
  if (!URL.canParse(text)) return 'must be the URL of a queue, like https://sqs.eu-west-1.amazonaws.com/123456789012/a';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  if (url.pathname.endsWith('.fifo')) return 'must not name a FIFO queue';
  return isAllowedUrl(url, allowed) ? undefined : 'must name a queue that the operator allows';
}

/** What SQS said of the messages of a request. */
interface Outcome {
  readonly end: CallEnd;
  readonly failedIds: readonly string[];
}

/**
 * Moves messages into queues of SQS. The text of its answer always lists the messages that SQS has not taken, as
 * `batchItemFailures`; the call counts as failed only when it has taken none.
 * @remarks Needs `sqs:SendMessage`; credentials come from the environment. Cost: a request for ten messages, or 1 MiB.
 */
export class SqsTarget implements PushTarget {
  readonly #options: SqsTargetOptions;
  readonly #clients = new Map<string, SignedHttp>();

  constructor(options: SqsTargetOptions) {
    this.#options = options;
  }

  async call({ to, messages, timeoutMs }: PushCall): Promise<PushAnswer> {
    if (to.kind !== 'sqs' || queueUrlRefusal(to.url, this.#options.allowed) !== undefined) {
      return { end: { kind: 'addressRefused' } };
    }
    const signal = AbortSignal.timeout(timeoutMs);
    const waiting = sentBatches(messages).values();
    const outcomes: Outcome[] = [];
    const work = async () => {
      for (const batch of waiting) outcomes.push(await this.#send(to.url, batch, signal));
    };
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
    const ends = outcomes.map(({ end }) => end);
    const refused = ends.find(({ kind }) => kind !== 'status');
    if (refused !== undefined && ends.every(({ kind }) => kind !== 'status')) return { end: refused };
    const batchItemFailures = outcomes.flatMap(({ failedIds }) =>
      failedIds.map((itemIdentifier) => ({ itemIdentifier })),
    );
    return { end: { kind: 'status', status: 200 }, text: JSON.stringify({ batchItemFailures }) };
  }

  async #send(queueUrl: string, { messages, entries }: SentBatch, signal: AbortSignal): Promise<Outcome> {
    try {
      const url = new URL(queueUrl);
      const answer = await this.#clientFor(url).exchange(new URL(url.origin), {
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessageBatch' },
        body: JSON.stringify({ QueueUrl: queueUrl, Entries: entries }),
        signal,
      });
      if (answer.status !== 200) return { end: refusalIn(answer), failedIds: idsOf(messages) };
      const { Successful = [] } = JSON.parse(answer.body.toString()) as { Successful?: readonly { Id: string }[] };
      const taken = new Set(Successful.map(({ Id }) => Id));
      const failed = messages.filter((_, number) => !taken.has(String(number)));
      return { end: { kind: 'status', status: 200 }, failedIds: idsOf(failed) };
    } catch (error) {
      return { end: { kind: failureOf(error) }, failedIds: idsOf(messages) };
    }
  }

  #clientFor({ hostname }: URL): SignedHttp {
    const { requestHandler = AWS_CONNECTIONS } = this.#options;
    const region = AWS_HOST.exec(hostname)?.[1] ?? DEFAULT_REGION;
    const client = this.#clients.get(region) ?? new SignedHttp('sqs', { maxAttempts: 1, requestHandler, region });
    this.#clients.set(region, client);
    return client;
  }
}

const idsOf = (messages: readonly PushMessage[]): string[] => messages.map(({ id }) => id);
