import { startRewind } from '../../../src/engine/index.ts';
import { answerSqs } from '../../../src/protocols/sqs/answer.ts';
import type { World } from '../../support/given.ts';
import { jsonCall, queryCall } from './calls.ts';

/** Where the ARNs of queues begin. */
export const ARN = 'arn:aws:sqs:us-east-1:000000000000:';
/** The queue of these tests, by its name. */
export const QueueUrl = 'orders';

type By = Parameters<typeof answerSqs>[2];
export type Told = Readonly<Record<string, unknown>>;

/** A caller of SQS in a world whose clock stands still. */
export class SqsCaller {
  readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  get host() {
    return { service: this.world.service, account: '000000000000', region: 'us-east-1' };
  }

  async call(action: string, input: object, by: By = {}): Promise<Told> {
    const { body } = await answerSqs(this.host, jsonCall(action, input), by);
    return body === '' ? {} : (JSON.parse(body) as Told);
  }

  async xml(parameters: Record<string, string>): Promise<string> {
    return (await answerSqs(this.host, queryCall(parameters))).body;
  }

  async send(MessageBody: string, more: object = {}): Promise<Told> {
    return await this.call('SendMessage', { QueueUrl, MessageBody, ...more });
  }

  async receive(more: object = {}): Promise<readonly Told[]> {
    const { Messages = [] } = await this.call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, ...more });
    return Messages as readonly Told[];
  }

  async attribute(name: string): Promise<unknown> {
    const { Attributes } = await this.call('GetQueueAttributes', { QueueUrl, AttributeNames: [name] });
    return (Attributes as Told | undefined)?.[name];
  }

  async set(Attributes: Record<string, string>): Promise<Told> {
    return await this.call('SetQueueAttributes', { QueueUrl, Attributes });
  }

  /** Leaves a message of this body in the queue `dead`. */
  async givenDeadLetter(body: string): Promise<Told> {
    await this.call('CreateQueue', { QueueName: 'dead' });
    await this.set({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `${ARN}dead`, maxReceiveCount: 1 }) });
    const sent = await this.send(body);
    await this.receive();
    this.world.clock.advance(31_000);
    await this.receive();
    return sent;
  }

  async rewindAll(): Promise<void> {
    await this.world.settle();
    this.world.clock.advance(1);
    await startRewind(this.world.service, this.world.everything());
    await this.world.runRewinds();
  }
}

export const bodiesOf = (messages: readonly Told[]) => messages.map(({ Body }) => String(Body));

/** Tests of rows in the table of differences, by their first cell. */
export type Differences = Readonly<Record<string, (sqs: SqsCaller) => Promise<void>>>;
