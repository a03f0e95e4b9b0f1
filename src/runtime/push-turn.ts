import { type DispatchCommand, type Dispatched, dispatch, type QueueService } from '../engine/index.ts';
import { jsonBytes } from '../model/message.ts';
import type { Breaker } from '../model/push/index.ts';
import { recordBytes } from '../protocols/sqs/trigger-event.ts';
import type { Log } from './log.ts';

/** A dispatcher as both kinds of deployments run it: with the sizes of calls, and a line when its target fails. */
export const pushInTurn = (
  service: QueueService,
  command: Omit<DispatchCommand, 'bytesOf'>,
  log: Log,
): Promise<Dispatched> =>
  dispatch(service, {
    ...command,
    bytesOf: ({ format }) => (format === 'sqs' ? recordBytes : jsonBytes),
    onBreaker: (breaker) => {
      logBreaker(log, command.queue, breaker);
      command.onBreaker?.(breaker);
    },
    onLoop: () => {
      log.warn('pushLoops', { queue: command.queue });
      command.onLoop?.();
    },
  });

function logBreaker(log: Log, queue: string, breaker: Breaker | undefined): void {
  if (breaker === undefined) log.info('pushTargetAnswers', { queue });
  else {
    const { failures: calls, end } = breaker;
    log.warn('pushTargetFails', { queue, calls, reason: end.kind === 'status' ? `${end.status}` : end.kind });
  }
}
