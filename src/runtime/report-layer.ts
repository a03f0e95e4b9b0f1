import type { MiddlewareObj } from '@middy/core';
import { type QueueService, reportLoad } from '../engine/index.ts';
import type { Log } from './log.ts';
import type { ControllerWaker } from './wake-controller.ts';

/** A report covers at most ten seconds; a receive waits for up to twenty. */
const REPORT_EVERY_MS = 5_000;

/** Reports this process's load to the controller, at the end of a call and while it waits, as often as that pays. */
export function reportLayer(service: QueueService, log: Log, waker: ControllerWaker | undefined): MiddlewareObj {
  const report = async () => {
    try {
      const told = await reportLoad(service);
      if (told?.isThrottled === true) await waker?.wake();
    } catch (error) {
      // The call itself is done; other processes report the load as well.
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
