import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type PeekCommand, peek } from '../../src/engine/index.ts';
import { QueueError } from '../../src/model/errors.ts';
import { given } from '../support/given.ts';

const STATES = ['ready', 'delayed', 'inFlight', 'damaged', 'deleted'] as const;

/** Text that begins like a cursor, or like nothing at all. */
const cursor = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.stringMatching(/^[\w-]{23}$/),
  fc.json().map((text) => Buffer.from(text).toString('base64url')),
  fc
    .record({ object: fc.string(), slice: fc.integer(), index: fc.integer() })
    .map((place) => Buffer.from(JSON.stringify(place)).toString('base64url')),
);

it.each(STATES)(
  'answers any cursor of a look at %s messages with a page, or refuses it by its field',
  async (state) => {
    const world = await given({ sent: ['one', 'two'] });
    await world.delete((await world.receive()).slice(0, 1));
    await world.settle();
    const tryPeek = async (command: PeekCommand) => {
      try {
        return (await peek(world.service, command)).messages.length;
      } catch (error) {
        expect(error).toBeInstanceOf(QueueError);
        expect(error).toMatchObject({ code: 'InvalidField', field: 'cursor' });
        return 0;
      }
    };

    await fc.assert(
      fc.asyncProperty(cursor, async (text) => {
        expect(await tryPeek({ queue: 'orders', state, limit: 10, cursor: text })).toBeLessThanOrEqual(2);
      }),
      { numRuns: 200 },
    );
  },
);
