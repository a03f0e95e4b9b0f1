import { expect, it } from 'vitest';
import { given } from './support/given.ts';
import { Printer } from './support/printed.ts';

it('tells the road of a message: what is stored after each step', async () => {
  const world = await given();
  const printer = new Printer(world, 'orders');
  const chapters: string[] = [];
  const tell = async (step: string) => void chapters.push(`## ${step}\n\n${await printer.print()}\n`);

  await world.send(['apple']);
  world.clock.advance(500);
  await world.send(['pear']);
  world.clock.advance(500);
  await world.send(['fig', 'plum', 'cherry', 'grape'].map((name) => name + world.ports.random.text(400)));
  await tell('1 send: two requests of one message, then one of four that are too large for a delivery');

  world.clock.advance(1_000);
  const messages = await world.receive({ max: 5, visibilityMs: 30_000 });
  await tell('2 claim: a receive of five; the last delivery is taken in part');

  world.clock.advance(1_000);
  await world.delete(messages.slice(0, 1));
  await tell('3 ack: one message is deleted alone, and marked on its lease');

  world.clock.advance(1_000);
  await world.delete(messages.slice(1));
  await tell('3 ack: the rest is deleted, and the lease with it');

  await world.settle();
  await tell('4 archive: what was deleted lies in an object; of the block one message is left');

  world.clock.advance(1_000);
  await world.rewind();
  await tell('5 rewind: all that was deleted is available again, by one delivery that refers to the archive');

  world.clock.advance(1_000);
  const again = await world.receive({ visibilityMs: 30_000 });
  world.clock.advance(1_000);
  await world.delete(again);
  await world.settle();
  await tell('and once more: everything is received, deleted and archived; what was rewound is only noted');

  const introduction = [
    '# The road of a message, as the stores see it',
    '',
    'Written by `test/story.test.ts`, which compares it with what the code does. Times count from the start; ids are',
    'given names in the order of their appearance. `docs/tables.md` explains each kind of item.',
    '',
    '',
  ].join('\n');
  await expect(introduction + chapters.join('\n')).toMatchFileSnapshot('story.golden.txt');
});
