import type { GetHealthAnswer, ListCellsAnswer, ListQueuesAnswer } from '../../client/index.ts';
import { durationText } from './durations.ts';
import { messagesText, numberText } from './numbers.ts';

/** One line of a diagnosis. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly about: string;
  readonly what: string;
  /** What to do about it. */
  readonly cure?: string;
}

type Queue = ListQueuesAnswer['queues'][number];
type Cell = ListCellsAnswer['cells'][number];

/** Clocks of signed calls may differ by 5 minutes on AWS. */
const CLOCK_FAIL_MS = 5 * 60_000;
/** A clock that is synchronized differs by less. */
const CLOCK_WARN_MS = 5_000;
/** Messages that were ready for an hour without a consumer deserve a look. */
const OLD_MS = 60 * 60_000;
/** A cell that uses this share of its writes is nearly full. */
const FULL = 0.8;

export function healthFinding({ status, reason, version }: GetHealthAnswer): Finding {
  if (status === 'ok') return { level: 'ok', about: 'server', what: `serves all calls, version ${version}` };
  const cure = 'docs/runbook.md explains each alarm';
  return { level: 'fail', about: 'server', what: `refuses some calls: ${reason ?? 'it gives no reason'}`, cure };
}

export function versionFinding(server: string, own: string): Finding {
  if (server === own) return { level: 'ok', about: 'version', what: `${own}, as this command` };
  const what = `the server has ${server}, this command has ${own}`;
  return { level: 'warn', about: 'version', what, cure: `npx rewindmq@${server} runs the command of the server` };
}

/** @param aheadMs - how far the clock of the server is ahead of this one */
export function clockFinding(aheadMs: number): Finding {
  const distance = Math.abs(aheadMs);
  if (distance <= CLOCK_WARN_MS) return { level: 'ok', about: 'clock', what: 'agrees with the server' };
  const what = `differs from the server by ${durationText(distance)}`;
  const cure = 'let NTP set the clock; AWS refuses signatures that differ by 5 minutes';
  return { level: distance > CLOCK_FAIL_MS ? 'fail' : 'warn', about: 'clock', what, cure };
}

export function queueFindings(queues: readonly Queue[]): Finding[] {
  const names = new Set(queues.map(({ name }) => name));
  const sinks = new Set(queues.flatMap(({ deadLetter }) => deadLetter?.queue ?? []));
  const found = queues.flatMap((queue) => troublesOf(queue, { names, isSink: sinks.has(queue.name) }));
  return found.length > 0
    ? found
    : [{ level: 'ok', about: 'queues', what: `${numberText(queues.length)}, none in trouble` }];
}

function troublesOf(
  { name, counts, deadLetter, oldestReadyAgeSeconds: age = 0 }: Queue,
  { names, isSink }: { readonly names: ReadonlySet<string>; readonly isSink: boolean },
): Finding[] {
  const about = `queue ${name}`;
  const { ready = 0, inFlight = 0, damaged = 0 } = counts ?? {};
  const found: Finding[] = [];
  if (damaged > 0) {
    const cure = `rewindmq peek ${name} --state damaged`;
    found.push({ level: 'fail', about, what: `${messagesText(damaged)} cannot be read: storage is damaged`, cure });
  }
  if (deadLetter !== undefined && !names.has(deadLetter.queue)) {
    const cure = `rewindmq queue create ${deadLetter.queue}`;
    found.push({ level: 'fail', about, what: `its dead-letter queue ${deadLetter.queue} does not exist`, cure });
  }
  if (isSink && ready > 0) {
    const cure = `rewindmq peek ${name}, then rewindmq redrive ${name}`;
    found.push({ level: 'warn', about, what: `${messagesText(ready)} died and wait here`, cure });
  } else if (age * 1_000 > OLD_MS && inFlight === 0) {
    const what = `${messagesText(ready)} ready, the oldest for ${durationText(age * 1_000)}, and nobody holds any`;
    found.push({ level: 'warn', about, what, cure: 'start a consumer, or look why it does not receive' });
  }
  return found;
}

export function cellFindings(cells: readonly Cell[]): Finding[] {
  const found = cells.flatMap(cellTroubles);
  return found.length > 0
    ? found
    : [{ level: 'ok', about: 'cells', what: `${numberText(cells.length)}, none overloaded` }];
}

function cellTroubles({ id, load, writeUnitsPerSecondMax: max }: Cell): Finding[] {
  const about = `cell ${id}`;
  const found: Finding[] = [];
  if (load.throttlesPerSecond > 0) {
    const what = `DynamoDB throttles ${numberText(load.throttlesPerSecond)} calls a second`;
    found.push({ level: 'warn', about, what, cure: 'the controller splits shards; rewindmq route shows what it does' });
  }
  if (load.failuresPerSecond > 0) {
    const what = `${numberText(load.failuresPerSecond)} calls a second fail`;
    found.push({ level: 'fail', about, what, cure: 'look into the logs of the functions' });
  }
  if (max !== undefined && load.writeUnitsPerSecond > FULL * max) {
    const what = `uses ${numberText(load.writeUnitsPerSecond)} of ${numberText(max)} write units a second`;
    found.push({ level: 'warn', about, what, cure: 'add cells before a higher load: docs/deploy.md' });
  }
  return found;
}
