/** Wrong values of each kind of field, and of whole bodies. */

const WRONG_TYPES = { number: 5, text: 'text', yes: true, null: null, list: [], object: {} } as const;
type Kind = keyof typeof WRONG_TYPES;

export interface WrongValue {
  readonly title: string;
  readonly value: unknown;
}

const named = (values: readonly unknown[]): WrongValue[] =>
  values.map((value) => {
    const json = JSON.stringify(value);
    return { title: json.length <= 40 ? json : `${json.slice(0, 40)}…`, value };
  });

const typesBut = (...right: readonly Kind[]): WrongValue[] =>
  named(
    Object.entries(WRONG_TYPES)
      .filter(([kind]) => !right.includes(kind as Kind))
      .map(([, value]) => value),
  );

export const wrongNumbers = (min: number, max: number): WrongValue[] => [
  ...typesBut('number'),
  ...named([min - 1, max + 1, min + 0.5, -1e300, 1e300, String(min)]),
];

export const wrongTexts = (...values: readonly string[]): WrongValue[] => [...typesBut('text'), ...named(values)];

export const wrongLists = (item: unknown, max: number, min = 1): WrongValue[] => [
  ...typesBut('list'),
  ...named([...(min > 0 ? [[]] : []), Array.from({ length: max + 1 }, () => item)]),
];

export const wrongObjects = (...values: readonly object[]): WrongValue[] => [...typesBut('object'), ...named(values)];

export const WRONG_INSTANTS = wrongTexts(
  '',
  'yesterday',
  '2026-11-22',
  '2026-11-22T16:00:00',
  '2026-02-30T00:00:00Z',
  '2026-11-22T24:00:00Z',
  '1763827200000',
);

export const WRONG_NAMES = ['', 'a b', 'a/b', '../a', 'ä', 'a.b', 'x'.repeat(81), 'a\u0000'];

const WRONG_TEXTS = [
  ['{', '}', 'nonsense', "{'max':1}", '{"max":1,}', '{"max":NaN}', '{"max":1}{}', '{"max":01}', '\ufeff{}'],
  ['[]', 'null', 'true', '5', '"text"', ' '],
  ['{"a":"\\ud800"}', '{"\\udc00":1}', '{"a":[{"b":"x\\ud83dx"}]}', '{"a":"\n"}'],
  ['['.repeat(100_000), '{"a":'.repeat(100_000), `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
].flat();

const WRONG_BYTES = [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf5, 0x80, 0x80, 0x80]].map((bytes) =>
  Buffer.from(bytes),
);

export interface WrongBody {
  readonly title: string;
  readonly body: string | Uint8Array;
}

/** Bodies other than a JSON object in UTF-8. */
export const WRONG_BODIES: readonly WrongBody[] = [
  ...WRONG_TEXTS.map((body): WrongBody => ({ title: JSON.stringify(body).slice(0, 40), body })),
  ...WRONG_BYTES.map(
    (bytes): WrongBody => ({
      title: `the bytes ${bytes.toString('hex')}`,
      body: Buffer.concat([Buffer.from('{"a":"'), bytes, Buffer.from('"}')]),
    }),
  ),
];
