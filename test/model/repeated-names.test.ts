import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repeatedName } from '../../src/model/repeated-names.ts';

describe('a name that an object has twice', () => {
  it.each([
    ['{"a":1,"a":2}', ['a']],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['{"messages":[{"body":"x"},{"body":"y","body":"z"}]}', ['messages', 1, 'body']],
    ['{ "a" : {"b": [ [1, 2], {"c":1 , "d":[] , "c":{} } ] } }', ['a', 'b', 1, 'c']],
    ['{"a\\\\":1,"b\\"":{"":0,"":0}}', ['b"', '']],
  ])('is found in %s', (json, path) => {
    JSON.parse(json);

    expect(repeatedName(json)).toEqual(path);
  });

  it.each([
    '{"a":{"a":{"a":"a"}},"b":["a","a",{"a":1},{"a":1}]}',
    '{"text":"{\\"a\\":1,\\"a\\":2}","other":"\\\\"}',
    '[]',
  ])('is not found in %s', (json) => {
    JSON.parse(json);

    expect(repeatedName(json)).toBeUndefined();
  });

  it('is in nothing that JSON.stringify makes, and found once it is put there', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.jsonValue(), (object, value) => {
        const json = JSON.stringify(object);
        const name = Object.keys(JSON.parse(json) as object)[0] ?? '';
        const doubled = `${json.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`;

        expect(repeatedName(json)).toBeUndefined();
        expect(repeatedName(doubled)).toEqual([name]);
      }),
    );
  });

  it('is not looked for below the depth that any field has', () => {
    const deep = `${'[{"a":'.repeat(100_000)}0${'}]'.repeat(100_000)}`;

    expect(repeatedName(deep)).toBeUndefined();
  });
});
