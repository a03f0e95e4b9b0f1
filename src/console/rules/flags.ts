import type { MessageAttribute, UpdateQueueRequest } from '../../client/index.ts';

/** The options of `queue create` and `queue edit` for these attributes. */
export function settingWords(attributes: UpdateQueueRequest): string[] {
  const { visibilitySeconds, delaySeconds, waitSeconds, rewindSeconds, deadLetter, shards, tags = {} } = attributes;
  return [
    ...seconds('--visibility', visibilitySeconds),
    ...seconds('--delay', delaySeconds),
    ...seconds('--wait', waitSeconds),
    ...(rewindSeconds === 'forever' ? ['--rewindable', 'forever'] : seconds('--rewindable', rewindSeconds)),
    ...deadLetterWords(deadLetter),
    ...(shards === null ? ['--no-shards'] : []),
    ...(shards === null || shards === undefined ? [] : ['--shards', `${shards.min}..${shards.max}`]),
    ...Object.entries(tags).flatMap(([name, value]) => ['--tag', `${name}=${value}`]),
  ];
}

function deadLetterWords(deadLetter: UpdateQueueRequest['deadLetter']): string[] {
  if (deadLetter === undefined) return [];
  if (deadLetter === null) return ['--no-dead-letter'];
  return ['--dead-letter', deadLetter.queue, '--max-receives', String(deadLetter.maxReceives)];
}

const seconds = (flag: string, value: number | undefined): string[] => (value === undefined ? [] : [flag, `${value}s`]);

/** The options of `send` for these attributes. */
export const attributeWords = (attributes: Readonly<Record<string, MessageAttribute>>): string[] =>
  Object.entries(attributes).flatMap(([name, { type, value }]) => [
    '--attr',
    `${name}${type === 'string' ? '' : `:${type}`}=${value}`,
  ]);
