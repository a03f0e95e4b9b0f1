import { isDeepStrictEqual } from 'node:util';
import { createQueue, getQueue, type QueueService } from '../../../engine/index.ts';
import { QueueError } from '../../../model/errors.ts';
import { action } from '../action.ts';
import { Refusal } from '../errors.ts';
import { fields, newQueueName } from '../fields.ts';
import { QueueAttributes, QueueView, refuseOwnDeadLetters, renderQueue, toSettings } from '../queue-attributes.ts';

export const createQueueAction = action({
  id: 'createQueue',
  method: 'PUT',
  path: '/queues/{name}',
  summary: 'Create a queue, or make sure that it is there with these attributes',
  input: { path: fields({ name: newQueueName() }), body: QueueAttributes },
  answers: { 200: QueueView, 201: QueueView },
  refusals: ['queueExists', 'conflict'],
  async answer({ service }, { path: { name }, body }) {
    refuseOwnDeadLetters(name, body);
    try {
      const { queue, isNew } = await createQueue(service, { name, settings: toSettings(body) });
      return { status: isNew ? 201 : 200, body: renderQueue(queue) };
    } catch (error) {
      const isTaken = error instanceof QueueError && error.code === 'QueueExists';
      throw isTaken ? ((await difference(service, name, body)) ?? error) : error;
    }
  },
});

/** The differences, in this protocol's names and units; empty if they disappeared meanwhile. */
async function difference(
  service: QueueService,
  name: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Refusal | undefined> {
  const current = new Map<string, unknown>(Object.entries(renderQueue(await getQueue(service, name))));
  const different = Object.entries(given).filter(([field, value]) => !isDeepStrictEqual(current.get(field), value));
  const [first] = different;
  if (first === undefined) return undefined;
  const reasons = different.map(([field, value]) => {
    return `${field} is ${JSON.stringify(current.get(field)) ?? 'not set'}, given: ${JSON.stringify(value)}`;
  });
  return new Refusal('queueExists', `queue "${name}" exists with other attributes: ${reasons.join('; ')}`, {
    field: first[0],
  });
}
