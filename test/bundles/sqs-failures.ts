import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { callerOf, patientCallerOf } from './calling.ts';
import type { Deployed } from './deployed.ts';
import type { Fault } from './recorder.ts';
import { show } from './shown.ts';

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

export async function showSqsFailures(deployed: Deployed, failures: readonly TableFailure[]): Promise<void> {
  const keys = deployed.urlOf('Keys');
  const { body: key } = await patientCallerOf(keys)<{ id: string; secret: string }>('POST', '/keys', {});
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  const client = new SQSClient({ endpoint: deployed.urlOf('Sqs'), region: 'us-east-1', credentials, maxAttempts: 1 });
  for (const { title, fault, status, code } of failures) {
    const QueueUrl = `${deployed.urlOf('Sqs')}/012345678912/${title.replaceAll(' ', '-')}`;
    const undo = deployed.break(['Sqs', 'Keys'], fault);
    const calls = [
      client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' })),
      client.send(new ReceiveMessageCommand({ QueueUrl })),
      client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'unknown' })),
    ];
    const heard = await Promise.all(
      calls.map((call) =>
        call.then(
          () => ({}),
          (error: Heard) => error,
        ),
      ),
    );
    const listed = await callerOf(keys)<{ error: { code: string } }>('GET', '/keys');
    undo();
    const isListedRight = listed.status === status && listed.body.error.code === code && retryOf(listed) > 0;
    show(`SQS and keys say so while DynamoDB ${title}`, [
      ...heard.flatMap((one) => wrongInSqs(one, IN_SQS[code] ?? ['', 0])),
      ...(isListedRight ? [] : [`GET /keys: ${listed.status} ${listed.text}`]),
    ]);
  }
  client.destroy();
}

const retryOf = ({ headers }: { readonly headers: Headers }): number => Number(headers.get('retry-after'));

function wrongInSqs(heard: Heard, [name, status]: readonly [name: string, status: number]): string[] {
  const retryAfter = Number(heard.$response?.headers['retry-after']);
  const isRight = heard.name?.startsWith(name) === true && heard.$metadata?.httpStatusCode === status && retryAfter > 0;
  return isRight ? [] : [`${heard.name} ${heard.$metadata?.httpStatusCode}, again after ${retryAfter}`];
}
