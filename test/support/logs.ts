import type { Log, LogFields } from '../../src/runtime/log.ts';

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** A log that keeps its lines. */
export function keptLog(): Log & { readonly lines: { event: string; fields: LogFields }[] } {
  const lines: { event: string; fields: LogFields }[] = [];
  return {
    lines,
    info: (event, fields = {}) => lines.push({ event, fields }),
    warn: (event, fields = {}) => lines.push({ event, fields }),
    error: (event, _error, fields = {}) => lines.push({ event, fields }),
  };
}
