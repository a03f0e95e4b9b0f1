import type { EpochMs } from './brand.ts';

/** What a key may do: put messages in; take, delete and extend them; create, change, purge and delete queues. */
export const RIGHTS = ['send', 'receive', 'manage'] as const;
export type Right = (typeof RIGHTS)[number];

/** An access key as the catalog keeps it; its secret is sealed. */
export interface AccessKey {
  readonly id: string;
  readonly sealedSecret: string;
  /** Names of queues, or starts of names with `*` behind; `*` alone is every queue. */
  readonly queues: readonly string[];
  readonly rights: readonly Right[];
  readonly createdAtMs: EpochMs;
  /** What its owner wrote to know it again. */
  readonly note?: string;
}

export const QUEUE_SCOPE_PATTERN = /^(\*|[A-Za-z0-9_-]{1,80}\*?)$/;
/** Queue patterns of one key: each call checks all of them, and the record stays small. */
export const QUEUE_SCOPES_MAX = 100;

/** Whether a key reaches a queue at all, for calls that only tell something. */
export const reaches = ({ queues }: Pick<AccessKey, 'queues'>, queue: string): boolean =>
  queues.some((scope) => (scope.endsWith('*') ? queue.startsWith(scope.slice(0, -1)) : queue === scope));

export const allows = (key: Pick<AccessKey, 'queues' | 'rights'>, right: Right, queue: string): boolean =>
  key.rights.includes(right) && reaches(key, queue);

/** Whether a key may do everything, so also give out keys. */
export const isOperator = ({ queues, rights }: Pick<AccessKey, 'queues' | 'rights'>): boolean =>
  queues.includes('*') && RIGHTS.every((right) => rights.includes(right));
