import { type Host, type Queue, RewindMq } from '../../client/index.ts';
import { type Place, placeOf } from '../rules/places.ts';
import { parseTime } from '../rules/times.ts';
import { readContexts } from './contexts.ts';
import { credentialsOf } from './credentials.ts';
import type { Interrupts } from './interrupt.ts';
import type { Io } from './io.ts';
import { Output, type OutputOptions } from './output.ts';

/** Options of every command. */
export interface GlobalOptions extends OutputOptions {
  readonly url?: string;
  readonly context?: string;
  readonly tries?: number;
  readonly debug?: true;
}

/** What a command works with. */
export class Shell {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly out: Output;
  readonly interrupts: Interrupts;
  #place: Place | undefined;
  #client: Promise<RewindMq> | undefined;

  constructor(io: Io, options: GlobalOptions, interrupts: Interrupts) {
    this.io = io;
    this.options = options;
    this.interrupts = interrupts;
    this.out = new Output(io, options);
  }

  /** Aborts at the first interrupt. */
  get signal(): AbortSignal {
    return this.interrupts.first;
  }

  /** @throws WrongUse when the place has no address */
  get place(): Place {
    const { io, options } = this;
    this.#place ??= placeOf({ options, environment: io.environment, known: () => readContexts(io) });
    return this.#place;
  }

  client(): Promise<RewindMq> {
    this.#client ??= this.#open();
    return this.#client;
  }

  async queue(name: string): Promise<Queue> {
    return (await this.client()).queue(name);
  }

  /** @throws WrongUse */
  timeMs(text: string): number {
    return parseTime(text, { nowMs: this.io.nowMs(), isUtc: this.options.utc === true });
  }

  /** The time as ISO 8601. @throws WrongUse */
  time(text: string): string {
    return new Date(this.timeMs(text)).toISOString();
  }

  async #open(): Promise<RewindMq> {
    const { place, io, options } = this;
    const credentials = await credentialsOf(place, io);
    return new RewindMq({
      url: place.url,
      host: options.debug === true ? this.#told() : io.host,
      ...(options.tries === undefined ? {} : { tries: options.tries }),
      ...(credentials === undefined ? {} : { credentials }),
      ...(place.region === undefined ? {} : { region: place.region }),
    });
  }

  /** Logs each call without its headers, because they hold signatures. */
  #told(): Host {
    const { host } = this.io;
    return {
      sleep: (ms, signal) => host.sleep(ms, signal),
      random: () => host.random(),
      fetch: async (url, request) => {
        const startMs = this.io.nowMs();
        const response = await host.fetch(url, request);
        await this.out.warn(`${request.method} ${url.href}: ${response.status} in ${this.io.nowMs() - startMs} ms`);
        return response;
      },
    };
  }
}
