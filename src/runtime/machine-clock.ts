import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EpochMs } from '../model/brand.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from './log.ts';

/** The clocks it reads, in milliseconds: the wall clock, and a monotonic clock. */
export interface TimeSources {
  readonly wallMs: () => number;
  readonly steadyMs: () => number;
}

const SYSTEM: TimeSources = { wallMs: () => Date.now(), steadyMs: () => performance.now() };

/** Its speed while it is ahead of the wall clock: durations stay true to a hundredth. */
const SPEED_WHILE_AHEAD = 0.99;
/** Any two clocks differ by less. */
const STEP_MS_MIN = 1_000;
/** How often the time is written down: after `kill -9` and a step back, instants repeat at most this long. */
const NOTE_EVERY_MS = 60_000;
const FILE = 'clock';

/**
 * The time of a server on one machine. Instants never run backwards, not even over a restart. When the wall clock is
 * set back, this clock follows the monotonic clock, a hundredth slower, until the wall clock has caught up. When the
 * wall clock is set forward, or the machine slept, this clock follows at once.
 *
 * @see docs/decisions/0043-instants-never-run-backwards.md
 */
export class MachineClock implements Clock {
  readonly #sources: TimeSources;
  readonly #log: Log;
  #lastMs: number;
  #lastSteadyMs: number;
  /** How far the last instant was ahead of the wall clock. */
  #aheadMs = 0;

  /** @param startMs - the last instant given out before */
  constructor(startMs: number, log: Log, sources: TimeSources = SYSTEM) {
    this.#sources = sources;
    this.#log = log;
    this.#lastMs = Math.max(startMs, sources.wallMs());
    this.#lastSteadyMs = sources.steadyMs();
    this.nowMs();
  }

  nowMs(): EpochMs {
    const wallMs = this.#sources.wallMs();
    // Many calls within a millisecond: the last answer holds.
    if (this.#aheadMs === 0 && wallMs === this.#lastMs) return wallMs as EpochMs;
    const steadyMs = this.#sources.steadyMs();
    const passedMs = steadyMs - this.#lastSteadyMs;
    this.#tellStep(this.#lastMs + passedMs - wallMs);
    this.#lastMs = Math.max(wallMs, this.#lastMs + passedMs * SPEED_WHILE_AHEAD);
    this.#lastSteadyMs = steadyMs;
    this.#aheadMs = this.#lastMs - wallMs;
    return Math.floor(this.#lastMs) as EpochMs;
  }

  sleep(ms: number): Promise<void> {
    return sleep(ms);
  }

  /** @param aheadMs - how far this clock would be ahead of the wall clock now; negative when behind */
  #tellStep(aheadMs: number): void {
    if (aheadMs - this.#aheadMs > STEP_MS_MIN) {
      this.#log.warn('clockSetBack', { aheadMs: Math.round(aheadMs), effect: SET_BACK });
    } else if (aheadMs < -STEP_MS_MIN) {
      this.#log.warn('clockSetForward', { byMs: Math.round(-aheadMs), effect: SET_FORWARD });
    }
  }
}

const SET_BACK = 'the server keeps its own time, 1 % slower, until the system clock has caught up';
const SET_FORWARD = 'delays and leases that ended meanwhile have ended';

/** The clock of the server that uses the directory, if any: it continues from the time written down there. */
export async function openMachineClock(
  directory: string | undefined,
  log: Log,
  sources?: TimeSources,
): Promise<MachineClock> {
  return new MachineClock(directory === undefined ? 0 : await readNote(join(directory, FILE)), log, sources);
}

/** Writes the time to the directory, each minute and at the end. */
export class TimeNotes {
  readonly #clock: Clock;
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;
  #writing = Promise.resolve();

  constructor(clock: Clock, directory: string) {
    this.#clock = clock;
    this.#path = join(directory, FILE);
    this.#timer = setInterval(() => void this.#write(), NOTE_EVERY_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#write();
  }

  /** A note that cannot be written only means a longer repetition; the store reports the disk's problem. */
  async #write(): Promise<void> {
    this.#writing = this.#writing.then(() => writeNote(this.#path, this.#clock.nowMs())).catch(() => {});
    await this.#writing;
  }
}

async function readNote(path: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^\d{13,15}$/.test(text) ? Number(text) : 0;
}

async function writeNote(path: string, atMs: number): Promise<void> {
  await writeFile(`${path}.new`, String(atMs));
  await rename(`${path}.new`, path);
}
