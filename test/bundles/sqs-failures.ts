import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { callerOf, patientCallerOf } from './calling.ts';
import type { Deployed } from './deployed.ts';
import type { Fault } from './recorder.ts';

/** What an SQS client and the keys' calls get while the tables behave like this. */
export interface TableFailure {
  readonly title: string;
  readonly fault: Fault;
  readonly status: number;
  readonly code: string;
}

interface Heard {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers: Readonly<Record<string, string>> };
}

/** In SQS's own form, after which clients know to wait and retry. */
const IN_SQS: Readonly<Record<string, readonly [name: string, status: number]>> = {
  throttled: ['RequestThrottled', 403],
  unavailable: ['ServiceUnavailable', 503],
};

/** What an SQS client, and a call of the keys, get while the functions `Sqs` and `Keys` meet the failure. */
export async function callSqs(client: SQSClient, deployed: Deployed, failure: TableFailure): Promise<string[]> {
  const QueueUrl = `${deployed.urlOf('Sqs')}/012345678912/${queueOf(failure)}`;
  const calls = [
    client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' })),
    client.send(new ReceiveMessageCommand({ QueueUrl })),
    client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'unknown' })),
  ].map((call) =>
    call.then(
      () => ({}),
      (error: Heard) => error,
    ),
  );
  const listing = callerOf(deployed.urlOf('Keys'))<{ error: { code: string } }>('GET', '/keys');
  const [listed, ...heard] = await Promise.all([listing, ...calls]);
  const { status, code } = failure;
  const isListedRight = listed.status === status && listed.body.error.code === code && retryOf(listed) > 0;
  return [
    ...heard.flatMap((one) => wrongInSqs(one, IN_SQS[code] ?? ['', 0])),
    ...(isListedRight ? [] : [`GET /keys: ${listed.status} ${listed.text}`]),
  ];
}

/** A client with a key of the deployment, which does not repeat calls. */
export async function openFailingClient(deployed: Deployed): Promise<SQSClient> {
  const keys = patientCallerOf(deployed.urlOf('Keys'));
  const { body: key } = await keys<{ id: string; secret: string }>('POST', '/keys', {});
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  return new SQSClient({ endpoint: deployed.urlOf('Sqs'), region: 'us-east-1', credentials, maxAttempts: 1 });
}

/** A queue of its own for each failure: no function has its route in memory. */
export const queueOf = ({ title }: TableFailure): string => title.replaceAll(' ', '-');

const retryOf = ({ headers }: { readonly headers: Headers }): number => Number(headers.get('retry-after'));

function wrongInSqs(heard: Heard, [name, status]: readonly [name: string, status: number]): string[] {
  const retryAfter = Number(heard.$response?.headers['retry-after']);
  const isRight = heard.name?.startsWith(name) === true && heard.$metadata?.httpStatusCode === status && retryAfter > 0;
  return isRight ? [] : [`${heard.name} ${heard.$metadata?.httpStatusCode}, again after ${retryAfter}`];
}
