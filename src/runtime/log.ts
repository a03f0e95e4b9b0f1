import type { Damage } from '../engine/index.ts';

/** The fields of a line beside its event; never a body, a receipt or a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Logs problems only: a healthy server is silent, and what it logs as `info` a user's own handler has printed. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, error: unknown, fields?: LogFields): void;
}

/** Writes one JSON line for each event to standard error. */
export const stderrLog: Log = {
  info: (event, fields) => writeLine({ level: 'info', event, ...fields }),
  warn: (event, fields) => writeLine({ level: 'warn', event, ...fields }),
  error: (event, error, fields) => writeLine({ level: 'error', event, ...fields, ...errorFields(error) }),
};

/** Logs a damaged value once, when it is set aside. */
export const damageLog =
  (log: Log) =>
  ({ queueId, what, messageCount }: Damage): void =>
    log.error('messagesDamaged', what, { queueId, messageCount });

function writeLine(fields: LogFields): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), ...fields })}\n`);
}

/** Name, message and origin of an error and of its cause. */
function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  const cause = error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : undefined;
  return { error: `${error.name}: ${error.message}`, cause, stack: error.stack };
}
