import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesized } from './synthesized.ts';

describe('a synth', () => {
  it.each([
    [{}],
    [{ frontDoor: 'function-url' }],
    [{ encryption: 'customer-key', removal: 'destroy', pointInTimeRecovery: 'false' }],
    [{ domain: 'q.example.com', certificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/1' }],
    [{ alarmEmail: 'team@example.com', reservedConcurrency: 10, warmWrites: 8_000, warmReads: 16_000 }],
  ])('warns of nothing with %j', (settings) => {
    const { stacks } = synthesized({ cells: 2, ...settings });

    const told = stacks.flatMap((stack) => {
      const annotations = Annotations.fromStack(stack);
      return [...annotations.findWarning('*', Match.anyValue()), ...annotations.findError('*', Match.anyValue())];
    });

    expect(told.map(({ id, entry }) => `${id}: ${JSON.stringify(entry.data)}`)).toEqual([]);
  });
});
