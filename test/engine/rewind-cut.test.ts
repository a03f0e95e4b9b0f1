import { describe, expect, it } from 'vitest';
import { archive, countRewind, getRewind, type QueueService, runRewind, startRewind } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';
import { at } from '../support/ids.ts';

const SECOND = 1_000;

/** Three messages of which the first is deleted at 12.3 s, and a process whose feed reports whole seconds. */
async function givenWholeSeconds(): Promise<{
  world: World;
  service: QueueService;
  deleted: string[];
  deleteNext: () => Promise<string[]>;
}> {
  const world = await given({ sent: ['one', 'two', 'three'] });
  const service = world.process({}, { shards: replaced(world.ports.shards, { feedResolutionMs: SECOND }) });
  const messages = await world.receive({ visibilityMs: 600_000 });
  const deleteNext = async () => {
    const next = messages.splice(0, 1);
    await world.delete(next);
    const changes = await world.takeChanges();
    const inSeconds = (atMs: number) => (Math.floor(atMs / SECOND) * SECOND) as EpochMs;
    await archive(
      service,
      changes.map((change) => ({ ...change, atMs: inSeconds(change.atMs) })),
    );
    return next.map(({ body }) => body);
  };
  world.clock.advance(12_300);
  return { world, service, deleteNext, deleted: await deleteNext() };
}

describe('the cut of a rewind, where the feed tells whole seconds', () => {
  it('is the next one: what was deleted before the call comes back, and nothing deleted after its answer', async () => {
    const { world, service, deleteNext, deleted } = await givenWholeSeconds();
    world.clock.advance(200);
    const job = await startRewind(service, world.everything());
    const answeredAtMs = world.clock.nowMs();
    world.clock.advance(300);
    await deleteNext();

    await runRewind(service, job.queueId, job.id);

    expect(job.startedAtMs).toBe(at(13_000));
    expect(answeredAtMs).toBe(job.startedAtMs);
    expect(await getRewind(service, 'orders', job.id)).toMatchObject({ state: 'done', messagesRewound: 1 });
    expect(await world.consume()).toEqual(deleted);
  });

  it('lets ranges of deletion begin and end at whole seconds, so that nothing in them is missed', async () => {
    const { world, service } = await givenWholeSeconds();
    world.clock.advance(10_000);
    const command = world.everything({ by: 'deletedAt', fromMs: at(12_250), toMs: at(12_350) });

    const counted = await countRewind(service, command);
    const job = await startRewind(service, command);

    expect(counted.matched).toBe(1);
    expect(job).toMatchObject({ fromMs: at(12_000), toMs: at(13_000) });
  });
});
