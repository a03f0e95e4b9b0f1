import type { MiddlewareObj } from '@middy/core';
import { type QueueService, reportLoad } from '../engine/index.ts';
import type { Log } from './log.ts';
import type { ControllerWaker } from './wake-controller.ts';

/** At the end of a call, tells the controller what this process has seen, as often as that pays. */
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
  return { after: report, onError: report };
}
