import { expect, it } from 'vitest';
import type { Catalog } from '../../src/ports/catalog.ts';
import { freshName, plainQueue } from '../support/queues.ts';

/** The versions by which processes refresh queues. */
export function describeQueueVersions(catalog: () => Catalog): void {
  it('tells the version of a queue as its record has it, and another one once it was removed', async () => {
    const queue = plainQueue(freshName());
    const told: number[] = [await catalog().queueVersion(queue.name)];
    const held: number[] = [0];
    for (let write = 0; write < 3; write++) {
      await catalog().tryPut('queue', queue.name, queue, held.at(-1) ?? 0);
      told.push(await catalog().queueVersion(queue.name));
      held.push((await catalog().get('queue', queue.name))?.version ?? 0);
    }
    await catalog().tryRemove('queue', queue.name, held.at(-1) ?? 0);

    expect(told).toEqual(held);
    expect(held.slice(1)).not.toContain(await catalog().queueVersion(queue.name));
  });

  it('keeps the version of a queue when a writer loses', async () => {
    const queue = plainQueue(freshName());
    await catalog().tryPut('queue', queue.name, queue, 0);
    const first = (await catalog().get('queue', queue.name))?.version ?? 0;
    await catalog().tryPut('queue', queue.name, queue, first);
    const second = await catalog().queueVersion(queue.name);

    const outcomes = [
      await catalog().tryPut('queue', queue.name, queue, 0),
      await catalog().tryPut('queue', queue.name, queue, first),
      await catalog().tryRemove('queue', queue.name, first),
    ];

    expect(outcomes).toEqual(['lost', 'lost', 'lost']);
    expect(await catalog().queueVersion(queue.name)).toBe(second);
  });
}
