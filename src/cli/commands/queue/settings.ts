import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { CreateQueueRequest, Queue, UpdateQueueRequest } from '../../../client/index.ts';
import { MAX_RECEIVES_MAX } from '../../../model/limits.ts';
import { by } from '../../frame/command.ts';
import type { Column } from '../../frame/output.ts';
import { addPair } from '../../rules/attributes.ts';
import { parseSeconds } from '../../rules/durations.ts';
import { WrongUse } from '../../rules/exit-codes.ts';
import { wholeNumber } from '../../rules/numbers.ts';

type Attributes = Awaited<ReturnType<Queue['create']>>;

/** The attributes of a queue as options. */
export interface SettingOptions {
  readonly visibility?: number;
  readonly delay?: number;
  readonly wait?: number;
  readonly rewindable?: number | 'forever';
  readonly deadLetter?: string | false;
  readonly maxReceives?: number;
  readonly shards?: Attributes['shards'] | false;
  readonly tag?: Readonly<Record<string, string>>;
  readonly from?: string;
}

/** Receives before a message becomes a dead letter, where only a dead-letter queue is named. */
const MAX_RECEIVES_DEFAULT = 5;

const parseRewindable = (text: string) => (text === 'forever' ? text : parseSeconds(text));

function parseShards(text: string): { min: number; max: number } {
  const [, min, max] = /^(\d{1,4})(?:\.\.(\d{1,4}))?$/.exec(text) ?? [];
  if (min === undefined) throw new WrongUse('Shards are a range like 1..16.');
  return { min: Number(min), max: Number(max ?? min) };
}

export const withSettings = (command: Command): Command =>
  command
    .option('--visibility <duration>', 'how long a received message is held, like 60s', by(parseSeconds))
    .option('--delay <duration>', 'how long each message waits before it is ready', by(parseSeconds))
    .option('--wait <duration>', 'how long an empty receive waits, up to 20s', by(parseSeconds))
    .option('--rewindable <duration>', 'how long deleted messages can be rewound; forever', by(parseRewindable))
    .option('--dead-letter <queue>', 'where messages go that were received too often')
    .option('--max-receives <number>', 'how often that is', by(wholeNumber(1, MAX_RECEIVES_MAX)))
    .option('--shards <range>', 'fewest and most shards, like 1..16', by(parseShards))
    .option('--tag <name=value>', 'a tag; repeat it for more', by(addPair))
    .option('--from <file>', 'attributes in JSON, as `queue show --json` prints them');

/** What a file of `--from` may hold beside attributes: the rest of `queue show --json`. */
const NOT_SETTABLE = [
  'name',
  'createdAt',
  'subscription',
  'counts',
  'countsAsOf',
  'countsExact',
  'oldestReadyAgeSeconds',
];

/** The attributes that options ask for; options win over the file. @throws WrongUse */
export function settingsOf(options: SettingOptions): UpdateQueueRequest {
  const { visibility, delay, wait, rewindable, deadLetter, shards, tag, from } = options;
  const given: UpdateQueueRequest = {
    ...(from === undefined ? {} : fromFile(from)),
    ...(visibility === undefined ? {} : { visibilitySeconds: visibility }),
    ...(delay === undefined ? {} : { delaySeconds: delay }),
    ...(wait === undefined ? {} : { waitSeconds: wait }),
    ...(rewindable === undefined ? {} : { rewindSeconds: rewindable }),
    ...(shards === undefined ? {} : { shards: shards === false ? null : shards }),
    ...(tag === undefined ? {} : { tags: tag }),
  };
  if (deadLetter === false) return { ...given, deadLetter: null };
  const queue = deadLetter ?? given.deadLetter?.queue;
  const maxReceives = options.maxReceives ?? given.deadLetter?.maxReceives ?? MAX_RECEIVES_DEFAULT;
  if (queue !== undefined) return { ...given, deadLetter: { queue, maxReceives } };
  if (options.maxReceives === undefined) return given;
  throw new WrongUse('--max-receives needs --dead-letter.');
}

function fromFile(path: string): UpdateQueueRequest {
  try {
    const given: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new Error('it is no JSON object');
    return Object.fromEntries(Object.entries(given).filter(([name]) => !NOT_SETTABLE.includes(name)));
  } catch (error) {
    throw new WrongUse(`${path} cannot be used: ${(error as Error).message}`);
  }
}

/** Attributes for a new queue: nothing can be removed of it. */
export function newSettings(options: SettingOptions): CreateQueueRequest {
  const { deadLetter, shards, ...given } = settingsOf(options);
  return { ...given, ...(deadLetter ? { deadLetter } : {}), ...(shards ? { shards } : {}) };
}

const seconds = (value: number | 'forever') => (value === 'forever' ? value : `${value} s`);

export const SETTING_COLUMNS: readonly Column<Attributes>[] = [
  { title: 'name', value: ({ name }) => name },
  { title: 'created', value: ({ createdAt }, { time }) => time(createdAt) },
  { title: 'visibility', value: ({ visibilitySeconds }) => seconds(visibilitySeconds) },
  { title: 'delay', value: ({ delaySeconds }) => seconds(delaySeconds) },
  { title: 'wait', value: ({ waitSeconds }) => seconds(waitSeconds) },
  { title: 'rewindable', value: ({ rewindSeconds }) => seconds(rewindSeconds) },
  {
    title: 'dead letters',
    value: ({ deadLetter: to }) => (to === undefined ? '' : `to ${to.queue} after ${to.maxReceives} receives`),
  },
  { title: 'shards', value: ({ shards }) => (shards === undefined ? '' : `${shards.min}..${shards.max}`) },
  {
    title: 'tags',
    value: ({ tags }) =>
      Object.entries(tags)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
  },
];
