/** What a step of the road does to the state of a deployment, by the names that AWS gives its actions. */
export interface Access {
  /** On every cell's table: a shard may lie in any. */
  readonly cells: readonly string[];
  readonly catalog: readonly string[];
  readonly ledger: readonly string[];
  /** On payloads that are too large for a table. */
  readonly payloads: readonly string[];
  /** On objects of the archive, none of which is ever written again; a tag says whether one may expire. */
  readonly archived: readonly string[];
  /** On lists of what a rewind shares out. */
  readonly plans?: readonly string[];
}

/**
 * Everything each function may do, and no more: a run of all bundles is compared with it both ways. Writing deliveries
 * and blocks is always a batch; reading a route is always one get. Every function puts reports of its load into the
 * ledger.
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
    cells: ['Query', 'GetItem', 'BatchGetItem', 'BatchWriteItem', 'DeleteItem'],
    ledger: ['GetItem', 'PutItem', 'Query'],
    payloads: ['GetObject'],
    archived: ['GetObject'],
  },
  /** What SQS clients may do to queues; with sending, receiving and deleting that is all of SQS. */
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

/** What a function that takes several steps may do. */
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
