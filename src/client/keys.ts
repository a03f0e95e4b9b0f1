/** What a key may do: put messages in; take, delete and extend them; create, change, purge and delete queues. */
export type KeyRight = 'send' | 'receive' | 'manage';

/** An access key without its secret. */
export interface AccessKey {
  readonly id: string;
  /** Names of queues, or starts of names with `*` behind; `*` alone is every queue. */
  readonly queues: readonly string[];
  readonly rights: readonly KeyRight[];
  readonly createdAt: string;
  readonly note?: string | undefined;
}

export interface NewAccessKey {
  /** @default every queue */
  readonly queues?: readonly string[];
  /** @default all rights */
  readonly rights?: readonly KeyRight[];
  /** Up to 256 characters, to know the key again. */
  readonly note?: string;
}

/** The only answer with the secret of a key. */
export interface CreatedKey extends AccessKey {
  readonly secret: string;
}
