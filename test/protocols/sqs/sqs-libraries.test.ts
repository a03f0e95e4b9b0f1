import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import { Producer } from 'sqs-producer';
import { describe, expect, it } from 'vitest';
import { givenSqsServer } from './server.ts';

const server = givenSqsServer();

async function newQueue(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = '' } = await server.client.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
}

/** Consumes until `isDone` says so. */
async function consume(queueUrl: string, handle: (body: string) => boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const consumer: Consumer = Consumer.create({
      queueUrl,
      sqs: server.client,
      batchSize: 10,
      waitTimeSeconds: 1,
      visibilityTimeout: 30,
      heartbeatInterval: 5,
      terminateVisibilityTimeout: true,
      handleMessage: async (message) => {
        if (handle(message.Body ?? '')) consumer.stop();
        return message;
      },
    });
    consumer.on('stopped', () => resolve());
    consumer.on('error', reject);
    consumer.start();
  });
}

describe('libraries for SQS workers', () => {
  it('let sqs-producer send and sqs-consumer work all of it off', async () => {
    const queueUrl = await newQueue('work');
    const producer = Producer.create({ queueUrl, sqs: server.client });
    const seen = new Set<string>();

    await producer.send(Array.from({ length: 25 }, (_, number) => ({ id: `id-${number}`, body: `body-${number}` })));
    await consume(queueUrl, (body) => seen.add(body).size === 25);

    expect(seen.size).toBe(25);
    expect(await producer.queueSize()).toBe(0);
  });

  it('bring a message whose handler fails to the dead letters', async () => {
    const dead = await newQueue('dead');
    const { Attributes } = await server.client.send(
      new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
    );
    const policy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 2 });
    const queueUrl = await newQueue('failing', { RedrivePolicy: policy });
    await Producer.create({ queueUrl, sqs: server.client }).send('poison');
    let tries = 0;
    const consumer = Consumer.create({
      queueUrl,
      sqs: server.client,
      waitTimeSeconds: 1,
      terminateVisibilityTimeout: true,
      handleMessage: async () => {
        tries++;
        throw new Error('cannot be handled');
      },
    });
    consumer.on('processing_error', () => {});
    // Its last receive may still wait when the server ends.
    consumer.on('error', () => {});
    consumer.start();

    const letters: string[] = [];
    await consume(dead, (body) => letters.push(body) === 1);
    consumer.stop();

    expect(tries).toBe(2);
    expect(letters).toEqual(['poison']);
  });
});
