import type { MiddlewareObj } from '@middy/core';
import { type QueueService, reportLoad } from '../engine/index.ts';
import type { Log } from './log.ts';
import type { ControllerWaker } from './wake-controller.ts';

/** A report tells of ten seconds at most; a receive waits for up to twenty. */
const REPORT_EVERY_MS = 5_000;

/** At the end of a call, and while it waits, tells the controller what this process has seen, as often as that pays. */
export function reportLayer(service: QueueService, log: Log, waker: ControllerWaker | undefined): MiddlewareObj {
  const report = async () => {
    try {
      const told = await reportLoad(service);
      if (told?.isThrottled === true) await waker?.wake();
    } catch (error) {
      // The call itself is done; others tell of the load as well.
      log.warn('loadNotReported', { reason: error instanceof Error ? error.message : String(error) });
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const reportAtEnd = () => {
    clearInterval(timer);
    return report();
  };
  return {
    before: () => {
      timer = setInterval(() => void report(), REPORT_EVERY_MS);
    },
    after: reportAtEnd,
    onError: reportAtEnd,
  };
}
