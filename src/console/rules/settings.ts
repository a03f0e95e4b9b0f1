import type { CreateQueueRequest, Queue, UpdateQueueRequest } from '../../client/api.d.ts';
import { parseSecondsField } from './durations.ts';

/** Settings of a queue as texts of a form. */
export interface SettingTexts {
  readonly visibility: string;
  readonly delay: string;
  readonly wait: string;
  readonly rewindable: string;
  readonly deadLetter: string;
  readonly maxReceives: string;
  readonly tags: string;
}

export const DEFAULT_SETTINGS: SettingTexts = {
  visibility: '30',
  delay: '0',
  wait: '0',
  rewindable: '7 d',
  deadLetter: '',
  maxReceives: '5',
  tags: '',
};

export interface SettingHelp {
  readonly label: string;
  /** What it does, and what a change does to messages that are there. */
  readonly help: string;
}

export const SETTING_HELP: Readonly<Record<keyof SettingTexts, SettingHelp>> = {
  visibility: {
    label: 'Visibility timeout',
    help: 'How long a received message is held for its consumer. A change holds for receives from then on.',
  },
  delay: {
    label: 'Delay',
    help: 'How long a new message waits before it is ready. Messages that wait keep their time.',
  },
  wait: { label: 'Wait of receives', help: 'How long an empty receive waits for a message, up to 20 s.' },
  rewindable: {
    label: 'Rewindable for',
    help: 'How long deleted messages can be brought back: a span, 0 or forever. Shorter spans let older ones go.',
  },
  deadLetter: {
    label: 'Dead-letter queue',
    help: 'Where messages go that were received too often. Empty: they stay. It holds for receives from then on.',
  },
  maxReceives: { label: 'Receives before that', help: 'How often a message is received before it is a dead letter.' },
  tags: { label: 'Tags', help: 'One name=value a line.' },
};

export const isQueueName = (name: string): boolean => /^[A-Za-z0-9_-]{1,80}$/.test(name);

export interface ParsedSettings {
  /** What differs from the settings before. */
  readonly changes: UpdateQueueRequest;
  readonly errors: Readonly<Partial<Record<keyof SettingTexts, string>>>;
}

const SPAN = 'A whole number of seconds, or a span like 90s, 5m, 2h, 7d.';

/** Reads the form; the server checks ranges. */
export function parseSettings(texts: SettingTexts, before: SettingTexts): ParsedSettings {
  const errors: Partial<Record<keyof SettingTexts, string>> = {};
  const changes: Record<string, unknown> = {};
  for (const [field, attribute] of SPANS) {
    if (texts[field] === before[field]) continue;
    const seconds = parseSecondsField(texts[field]);
    if (seconds !== undefined) changes[attribute] = seconds;
    else if (field === 'rewindable' && texts.rewindable.trim() === 'forever') changes[attribute] = 'forever';
    else errors[field] = SPAN;
  }
  if (texts.deadLetter !== before.deadLetter || texts.maxReceives !== before.maxReceives) {
    changes['deadLetter'] = deadLetterOf(texts, errors);
  }
  if (texts.tags !== before.tags) changes['tags'] = tagsOf(texts, errors);
  return { changes, errors };
}

const SPANS = [
  ['visibility', 'visibilitySeconds'],
  ['delay', 'delaySeconds'],
  ['wait', 'waitSeconds'],
  ['rewindable', 'rewindSeconds'],
] as const;

type Errors = Partial<Record<keyof SettingTexts, string>>;

function deadLetterOf({ deadLetter, maxReceives }: SettingTexts, errors: Errors) {
  if (deadLetter.trim() === '') return null;
  if (!isQueueName(deadLetter.trim())) errors.deadLetter = 'The name of a queue.';
  if (!/^[1-9]\d{0,3}$/.test(maxReceives.trim())) errors.maxReceives = 'A whole number from 1 to 1,000.';
  return { queue: deadLetter.trim(), maxReceives: Number(maxReceives) };
}

function tagsOf({ tags }: SettingTexts, errors: Errors): Record<string, string> {
  const lines = tags.split('\n').filter((line) => line.trim() !== '');
  if (lines.some((line) => !/^[^=]+=/.test(line))) errors.tags = 'Each line is name=value.';
  return Object.fromEntries(lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]));
}

/** The settings of a queue as texts of the form. */
export function textsOfSettings(queue: Queue): SettingTexts {
  const { visibilitySeconds, delaySeconds, waitSeconds, rewindSeconds, deadLetter, tags } = queue;
  return {
    visibility: String(visibilitySeconds),
    delay: String(delaySeconds),
    wait: String(waitSeconds),
    rewindable: String(rewindSeconds),
    deadLetter: deadLetter?.queue ?? '',
    maxReceives: String(deadLetter?.maxReceives ?? DEFAULT_SETTINGS.maxReceives),
    tags: Object.entries(tags)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  };
}

/** Changes of defaults as the settings of a new queue, of which nothing can be removed. */
export function newSettings({ deadLetter, shards, ...others }: UpdateQueueRequest): CreateQueueRequest {
  return { ...others, deadLetter: deadLetter ?? undefined, shards: shards ?? undefined };
}
