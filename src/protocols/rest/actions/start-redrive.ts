import * as z from 'zod/mini';
import { startRedrive } from '../../../engine/index.ts';
import { REDRIVE_IDS_MAX, REWIND_PER_SECOND_MAX } from '../../../model/limits.ts';
import { action } from '../action.ts';
import { fields, list, queueName, text, wholeNumber } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { RewindView, renderRewind, rewindFilter } from '../rewind-view.ts';

const MOVED_MAX = Number.MAX_SAFE_INTEGER;

export const startRedriveAction = action({
  id: 'startRedrive',
  method: 'POST',
  path: '/queues/{name}/redrive',
  summary: 'Move dead letters back to their queue, or elsewhere; a job like a rewind',
  input: {
    path: QueuePath,
    body: fields({
      into: z.exactOptional(queueName()),
      max: z.exactOptional(wholeNumber(1, MOVED_MAX)),
      perSecond: z.exactOptional(wholeNumber(1, REWIND_PER_SECOND_MAX)),
      filter: z.exactOptional(rewindFilter()),
      /** Only these messages. */
      ids: z.exactOptional(list(text(), { min: 1, max: REDRIVE_IDS_MAX, what: 'ids' })),
    }),
  },
  answers: { 202: RewindView },
  refusals: ['conflict'],
  async answer({ service }, { path: { name }, body }) {
    return { status: 202, body: renderRewind(await startRedrive(service, { queue: name, ...body })) };
  },
});
