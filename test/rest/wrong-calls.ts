import {
  WRONG_INSTANTS,
  WRONG_NAMES,
  type WrongValue,
  wrongLists,
  wrongNumbers,
  wrongObjects,
  wrongTexts,
} from './wrong-values.ts';

/** The longest delay there is, in seconds. */
const CENTURIES = 140_737_488_355;

/** A call, with valid and invalid input. */
export interface Call {
  readonly method: string;
  /** The part after the path of the queue. */
  readonly path: string;
  /** A valid body. */
  readonly body: object;
  readonly fields: Readonly<Record<string, readonly WrongValue[]>>;
  readonly required: readonly string[];
  /** Objects with fixed fields, as paths ending where a name would follow. */
  readonly closed: readonly string[];
}

const ATTRIBUTES: Pick<Call, 'body' | 'fields' | 'required' | 'closed'> = {
  body: {
    visibilitySeconds: 1,
    delaySeconds: 1,
    waitSeconds: 1,
    rewindSeconds: 1,
    deadLetter: { queue: 'unknown', maxReceives: 1 },
    shards: { min: 2, max: 3 },
    tags: { team: 'one' },
  },
  fields: {
    visibilitySeconds: wrongNumbers(0, 43_200),
    delaySeconds: wrongNumbers(0, CENTURIES),
    waitSeconds: wrongNumbers(0, 20),
    rewindSeconds: [...wrongNumbers(0, CENTURIES), { title: '"never"', value: 'never' }],
    'deadLetter.queue': wrongTexts(...WRONG_NAMES, 'a.fifo'),
    'deadLetter.maxReceives': wrongNumbers(1, 1_000),
    'shards.min': wrongNumbers(1, 1_000).filter(({ value }) => value !== 1.5),
    'shards.max': [...wrongNumbers(1, 1_000), { title: 'less than min', value: 1 }],
    tags: wrongObjects(Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`tag${index}`, '']))),
    'tags.team': wrongTexts('x'.repeat(257)),
  },
  required: ['deadLetter.queue', 'deadLetter.maxReceives', 'shards.min', 'shards.max'],
  closed: ['', 'deadLetter.', 'shards.'],
};

const manyAttributes = Object.fromEntries(
  Array.from({ length: 11 }, (_, index) => [`a${index}`, { type: 'string', value: '' }]),
);

export const CALLS: readonly Call[] = [
  { method: 'PUT', path: '-new', ...ATTRIBUTES },
  { method: 'PATCH', path: '', ...ATTRIBUTES },
  {
    method: 'POST',
    path: '/messages',
    body: { messages: [{ body: 'fine' }, { body: 'x', attributes: { a: { type: 'string', value: '' } } }] },
    fields: {
      messages: wrongLists({ body: '' }, 1_000),
      'messages[1]': wrongObjects(),
      'messages[1].body': wrongTexts(),
      'messages[1].attributes': wrongObjects(manyAttributes),
      'messages[1].attributes.a': wrongObjects(),
      'messages[1].attributes.a.type': wrongTexts('', 'String', 'boolean'),
      'messages[1].attributes.a.value': wrongTexts(),
      'messages[1].delaySeconds': wrongNumbers(0, CENTURIES),
      'messages[1].deliverAt': WRONG_INSTANTS,
    },
    required: ['messages', 'messages[1].body', 'messages[1].attributes.a.type', 'messages[1].attributes.a.value'],
    closed: ['', 'messages[1].', 'messages[1].attributes.a.'],
  },
  {
    method: 'POST',
    path: '/receive',
    body: { max: 1, delete: ['one', 'two'] },
    fields: {
      delete: wrongLists('one', 1_000, 0),
      'delete[1]': wrongTexts(),
      max: wrongNumbers(1, 1_000),
      waitSeconds: wrongNumbers(0, 20),
      visibilitySeconds: wrongNumbers(0, 43_200),
    },
    required: [],
    closed: [''],
  },
  {
    method: 'POST',
    path: '/delete',
    body: { receipts: ['one', 'two'] },
    fields: { receipts: wrongLists('one', 1_000), 'receipts[1]': wrongTexts() },
    required: ['receipts'],
    closed: [''],
  },
  {
    method: 'POST',
    path: '/visibility',
    body: { receipts: ['one', 'two'], visibilitySeconds: 1 },
    fields: {
      receipts: wrongLists('one', 1_000),
      'receipts[1]': wrongTexts(),
      visibilitySeconds: wrongNumbers(0, 43_200),
    },
    required: ['receipts', 'visibilitySeconds'],
    closed: [''],
  },
  {
    method: 'PUT',
    path: '/subscription',
    body: { to: { https: 'https://orders.example/hook' } },
    fields: {
      to: wrongObjects({}, { https: 'https://one.example', sqs: 'https://two.example' }),
      'to.https': wrongTexts('', 'orders.example', 'ftp://orders.example', 'https://user:password@orders.example'),
    },
    required: ['to'],
    closed: ['', 'to.'],
  },
  {
    method: 'PUT',
    path: '/subscription',
    body: {
      to: { lambda: 'arn:aws:lambda:eu-central-1:123456789012:function:orders' },
      filter: { attributes: { kind: 'refund' } },
    },
    fields: {
      'to.lambda': wrongTexts(
        '',
        'orders',
        'arn:aws:sqs:eu-central-1:123456789012:orders',
        'file:orders.mjs',
        'file:#x',
      ),
      batchSize: wrongNumbers(1, 10_000),
      batchWindowSeconds: wrongNumbers(0, 300),
      maxConcurrency: wrongNumbers(1, 1_000),
      perSecond: wrongNumbers(1, 100_000),
      targetSeconds: wrongNumbers(1, 600),
      visibilitySeconds: wrongNumbers(0, 43_200),
      filter: wrongObjects(),
      filtered: wrongTexts('leave'),
      format: wrongTexts('', 'json'),
      reportBatchItemFailures: [{ title: '"yes"', value: 'yes' }],
    },
    required: ['filter.attributes'],
    closed: ['filter.'],
  },
  { method: 'POST', path: '/subscription/pause', body: {}, fields: {}, required: [], closed: [''] },
  { method: 'POST', path: '/subscription/resume', body: {}, fields: {}, required: [], closed: [''] },
  { method: 'POST', path: '/purge', body: {}, fields: {}, required: [], closed: [''] },
  {
    method: 'POST',
    path: '/restore',
    body: { as: 'former' },
    fields: { as: wrongTexts(...WRONG_NAMES, 'a.fifo') },
    required: [],
    closed: [''],
  },
];
