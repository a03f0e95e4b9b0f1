import * as z from 'zod/mini';
import { countRewind, startRewind } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields, instant, oneOf, queueName, wholeNumber } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { RewindView, renderRewind, rewindFilter } from '../rewind-view.ts';
import { parseInstant } from '../times.ts';

export const startRewindAction = action({
  id: 'startRewind',
  method: 'POST',
  path: '/queues/{name}/rewinds',
  summary: 'Make deleted messages available again, or count how many that would be',
  input: {
    path: QueuePath,
    body: fields({
      from: instant(),
      to: z.exactOptional(instant()),
      by: z.exactOptional(oneOf(['sentAt', 'deletedAt'])),
      filter: z.exactOptional(rewindFilter()),
      into: z.exactOptional(queueName()),
      dryRun: z.exactOptional(z.boolean({ error: 'true or false' })),
    }),
  },
  answers: { 200: z.object({ matched: wholeNumber(0, Number.MAX_SAFE_INTEGER) }), 202: RewindView },
  refusals: ['conflict'],
  async answer({ service }, { path: { name }, body }) {
    const command = {
      queue: name,
      fromMs: parseInstant(body.from),
      by: body.by ?? ('sentAt' as const),
      ...(body.to === undefined ? {} : { toMs: parseInstant(body.to) }),
      ...(body.filter === undefined ? {} : { filter: body.filter }),
      ...(body.into === undefined ? {} : { into: body.into }),
    };
    if (body.dryRun === true) return { status: 200, body: { matched: await countRewind(service, command) } };
    return { status: 202, body: renderRewind(await startRewind(service, command)) };
  },
});
