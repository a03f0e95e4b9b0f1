import * as z from 'zod/mini';
import { countRewind, type RewindCount, startRewind } from '../../../engine/index.ts';
import { REWIND_PER_SECOND_MAX } from '../../../model/limits.ts';
import { action } from '../action.ts';
import { fields, instant, oneOf, queueName, text, wholeNumber } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { CUT_FIELDS, RewindView, renderCut, renderRewind, rewindFilter } from '../rewind-view.ts';
import { parseInstant } from '../times.ts';
import { inWords } from '../wording.ts';

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
      perSecond: z.exactOptional(wholeNumber(1, REWIND_PER_SECOND_MAX)),
      dryRun: z.exactOptional(z.boolean({ error: 'true or false' })),
    }),
  },
  answers: {
    200: z.object({
      matched: wholeNumber(0, Number.MAX_SAFE_INTEGER),
      /** The most messages that may match but cannot be read. */
      damaged: wholeNumber(0, Number.MAX_SAFE_INTEGER),
      ...CUT_FIELDS,
      /** Probable mistakes in the request, in words. */
      warnings: z.optional(z.array(text())),
    }),
    202: RewindView,
  },
  refusals: ['conflict'],
  async answer({ service }, { path: { name }, body }) {
    const command = {
      queue: name,
      fromMs: parseInstant(body.from),
      by: body.by ?? ('sentAt' as const),
      ...(body.to === undefined ? {} : { toMs: parseInstant(body.to) }),
      ...(body.filter === undefined ? {} : { filter: body.filter }),
      ...(body.into === undefined ? {} : { into: body.into }),
      ...(body.perSecond === undefined ? {} : { perSecond: body.perSecond }),
    };
    if (body.dryRun === true) return { status: 200, body: renderCount(await countRewind(service, command)) };
    return { status: 202, body: renderRewind(await startRewind(service, command)) };
  },
});

function renderCount(count: RewindCount) {
  const warnings = count.unknownAttributes.map(
    (name) => `no message of the range has the attribute ${inWords(name)} that the filter asks for`,
  );
  return {
    matched: count.matched,
    damaged: count.damaged,
    ...renderCut(count),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}
