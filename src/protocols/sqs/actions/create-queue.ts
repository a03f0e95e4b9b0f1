import { createQueue, deletedAt, getQueue, type QueueService } from '../../../engine/index.ts';
import { QueueError } from '../../../model/errors.ts';
import { DEFAULT_SETTINGS, type Queue } from '../../../model/queue.ts';
import { action, type SqsCall } from '../action.ts';
import { authorise } from '../authorise.ts';
import { SqsError } from '../errors.ts';
import { parseAttributes, showAttributes } from '../queue-attributes.ts';
import { checkNewName, queueUrl } from '../queue-names.ts';
import { findQueue, withTargetChecked } from '../redrive-policy.ts';
import { map, required, text } from '../shapes.ts';
import { checkTags } from '../tags.ts';

/** SQS keeps the name of a deleted queue for this long. */
const NAME_REST_MS = 60_000;

export const createQueueAction = action({
  name: 'CreateQueue',
  input: { QueueName: required(text), Attributes: map(text, 'Attribute'), tags: map(text, 'Tag', 'Key') },
  async answer(call, { QueueName: name, Attributes = {}, tags = {} }) {
    checkNewName(name, { isFifo: Attributes['FifoQueue'] === 'true' });
    authorise(call, 'manage', name);
    checkTags(name, tags);
    const change = parseAttributes(Attributes);
    const { service } = call.host;
    const existing = await findQueue(service, name);
    if (existing === undefined) {
      await refuseRecentlyDeleted(service, name);
      const settings = change({ ...DEFAULT_SETTINGS, tags });
      try {
        await withTargetChecked(service, { name, attributes: Attributes }, () =>
          createQueue(service, { name, settings }),
        );
      } catch (error) {
        // Another caller created it meanwhile; the given attributes show whether it is the same queue.
        if (!(error instanceof QueueError) || error.code !== 'QueueExists') throw error;
        refuseDifference(call, await getQueue(service, name), { Attributes, change });
      }
    } else refuseDifference(call, existing, { Attributes, change });
    return { QueueUrl: queueUrl(call.origin, call.host, name) };
  },
});

async function refuseRecentlyDeleted(service: QueueService, name: string): Promise<void> {
  const atMs = await deletedAt(service, name);
  if (atMs === undefined || service.clock.nowMs() - atMs >= NAME_REST_MS) return;
  throw new SqsError(
    'QueueDeletedRecently',
    'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
  );
}

/** Tags may differ; the given attributes may not. */
function refuseDifference(
  { host }: SqsCall,
  queue: Queue,
  wanted: {
    readonly Attributes: Readonly<Record<string, string>>;
    readonly change: ReturnType<typeof parseAttributes>;
  },
): void {
  const names = Object.keys(wanted.Attributes);
  const shown = showAttributes({ owner: host, queue }, names);
  const asWanted = { ...queue, settings: wanted.change(queue.settings) };
  const wished = showAttributes({ owner: host, queue: asWanted }, names);
  const different = names.find((name) => shown[name] !== wished[name]);
  if (different === undefined) return;
  throw new SqsError(
    'QueueNameExists',
    `A queue already exists with the same name and a different value for attribute ${different}`,
  );
}
