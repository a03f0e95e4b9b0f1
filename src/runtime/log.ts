import type { Damage } from '../engine/index.ts';

/** The fields of a line beside its event; never a body, a receipt or a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Logs problems only: a healthy server is silent. */
export interface Log {
  warn(event: string, fields?: LogFields): void;
  error(event: string, error: unknown, fields?: LogFields): void;
}

/** Writes one JSON line for each problem to standard error. */
export const stderrLog: Log = {
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
