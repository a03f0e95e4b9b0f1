import type { HttpEvent, HttpResult } from '../../../src/ports/http-event.ts';
import { answerSqs } from '../../../src/protocols/sqs/answer.ts';
import { jsonCall } from './calls.ts';
import { givenSqsServer } from './server.ts';

const HOST = { account: '000000000000', region: 'us-east-1' };
let number = 0;

export type Answer = { readonly statusCode: number; readonly [field: string]: unknown };
export type ReceivedView = Readonly<Record<string, unknown>>;

/** A name that no other queue of the file has. */
export const newName = (): string => `queue-${++number}`;

/** Asks a server of its own, by the events that a gateway would make of calls. */
export function givenAsker() {
  const server = givenSqsServer();

  const answer = async (event: HttpEvent): Promise<HttpResult> =>
    await answerSqs({ service: server.runtime.service, ...HOST }, event);

  /** The answer to a call in AWS JSON. */
  async function json(action: string, input: object): Promise<Answer> {
    const { body, statusCode } = await answer(jsonCall(action, input));
    return { ...(body === '' ? {} : (JSON.parse(body) as object)), statusCode };
  }

  async function newQueue(Attributes: Record<string, string> = {}): Promise<{ name: string; QueueUrl: string }> {
    const name = newName();
    const { QueueUrl } = await json('CreateQueue', { QueueName: name, Attributes });
    return { name, QueueUrl: String(QueueUrl) };
  }

  async function receive(QueueUrl: string, more: object = {}): Promise<readonly ReceivedView[]> {
    const { Messages = [] } = await json('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, ...more });
    return Messages as readonly ReceivedView[];
  }

  return { server, answer, json, newQueue, receive };
}
