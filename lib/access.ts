/** What a step of the road does to the state of a deployment, as names of AWS actions. */
export interface Access {
  /** On every cell's table: any of them may hold a shard. */
  readonly cells: readonly string[];
  readonly catalog: readonly string[];
  readonly ledger: readonly string[];
  /** On payloads too large for a table. */
  readonly payloads: readonly string[];
  /** On objects of the archive, which are never overwritten; a tag says whether one may expire. */
  readonly archived: readonly string[];
  /** On lists of the objects that a rewind distributes. */
  readonly plans?: readonly string[];
}

/**
 * Every permission of each function, and no others: a run of all bundles is compared with this list both ways. Writing
 * deliveries and blocks is always a batch; reading a route is always one get. Every function puts reports of its load
 * into the ledger.
 */
export const ACCESS = {
  send: {
    catalog: ['GetItem'],
    cells: ['BatchWriteItem'],
    ledger: ['PutItem'],
    payloads: ['PutObject', 'DeleteObject'],
    archived: [],
  },
  receive: {
    catalog: ['GetItem'],
    cells: ['Query', 'GetItem', 'BatchGetItem', 'BatchWriteItem', 'UpdateItem', 'DeleteItem'],
    ledger: ['GetItem', 'UpdateItem', 'PutItem'],
    payloads: ['GetObject'],
    archived: ['GetObject'],
  },
  delete: {
    catalog: ['GetItem'],
    cells: ['GetItem', 'BatchWriteItem', 'UpdateItem', 'DeleteItem'],
    ledger: ['GetItem', 'UpdateItem', 'PutItem'],
    payloads: [],
    archived: [],
  },
  admin: {
    catalog: ['GetItem', 'PutItem', 'DeleteItem', 'Query'],
    cells: ['Query', 'GetItem', 'BatchGetItem', 'BatchWriteItem', 'UpdateItem', 'DeleteItem'],
    ledger: ['GetItem', 'UpdateItem', 'PutItem', 'Query'],
    payloads: ['GetObject'],
    archived: ['GetObject'],
  },
  /** Management of queues by SQS clients; with sending, receiving and deleting it covers all of SQS. */
  sqs: {
    catalog: ['GetItem', 'PutItem', 'Query'],
    cells: ['Query', 'BatchWriteItem', 'DeleteItem'],
    ledger: ['GetItem'],
    payloads: [],
    archived: [],
  },
  keys: {
    catalog: ['GetItem', 'PutItem', 'DeleteItem', 'Query'],
    cells: [],
    ledger: [],
    payloads: [],
    archived: [],
  },
  archive: {
    catalog: ['GetItem', 'PutItem'],
    cells: ['BatchGetItem', 'BatchWriteItem'],
    ledger: ['GetItem', 'UpdateItem', 'PutItem'],
    payloads: ['GetObject', 'DeleteObject'],
    archived: ['GetObject', 'PutObject', 'PutObjectTagging'],
  },
  control: {
    catalog: ['GetItem', 'PutItem', 'DeleteItem', 'Query'],
    cells: [
      'Query',
      'GetItem',
      'BatchGetItem',
      'BatchWriteItem',
      'UpdateItem',
      'DeleteItem',
      'Scan',
      'DescribeTable',
      'UpdateTable',
    ],
    ledger: ['GetItem', 'UpdateItem', 'PutItem', 'Query'],
    payloads: ['DeleteObject'],
    archived: ['GetObject', 'PutObject', 'PutObjectTagging', 'DeleteObject'],
  },
  /** The lease record and the notes of a dispatcher, which also receives and deletes. */
  push: {
    catalog: ['GetItem', 'PutItem', 'DeleteItem'],
    cells: [],
    ledger: ['PutItem'],
    payloads: [],
    archived: [],
  },
  wake: {
    catalog: ['GetItem', 'PutItem'],
    cells: [],
    ledger: ['PutItem'],
    payloads: [],
    archived: [],
  },
  rewind: {
    catalog: ['GetItem', 'PutItem', 'DeleteItem', 'Query'],
    cells: ['Query', 'GetItem', 'BatchGetItem', 'BatchWriteItem', 'UpdateItem', 'DeleteItem'],
    ledger: ['GetItem', 'UpdateItem', 'PutItem'],
    payloads: ['GetObject'],
    archived: ['GetObject', 'PutObjectTagging'],
    plans: ['PutObject'],
  },
} as const satisfies Record<string, Access>;

export type Step = keyof typeof ACCESS;

/** The permissions of a function with several steps. */
export function joinAccess(steps: readonly Step[]): Required<Access> {
  const accesses: readonly Access[] = steps.map((step) => ACCESS[step]);
  const all = (of: keyof Access) => [...new Set(accesses.flatMap((access) => access[of] ?? []))];
  return {
    cells: all('cells'),
    catalog: all('catalog'),
    ledger: all('ledger'),
    payloads: all('payloads'),
    archived: all('archived'),
    plans: all('plans'),
  };
}
