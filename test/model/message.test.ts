import { describe, expect, it } from 'vitest';
import { messageBytes } from '../../src/model/message.ts';
import { packPlain, unpack } from '../../src/model/packing.ts';

describe('a message', () => {
  it('keeps the label of an attribute, and counts its bytes', () => {
    const plain = { body: 'hi', attributes: { size: { type: 'number', value: '12' } } } as const;
    const labelled = { body: 'hi', attributes: { size: { ...plain.attributes.size, label: 'int' } } };

    const unpacked = unpack(packPlain([labelled]));

    expect(unpacked).toEqual([labelled]);
    expect(messageBytes(labelled)).toBe(messageBytes(plain) + 3);
  });
});
