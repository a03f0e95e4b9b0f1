import { describe, expect, it } from 'vitest';
import {
  cancelRewind,
  countRewind,
  createQueue,
  deleteQueue,
  getRewind,
  listRewinds,
  type RewindCommand,
  startRewind,
  unfinishedRewinds,
  updateQueue,
} from '../../src/engine/index.ts';
import { rewindName } from '../../src/model/rewind.ts';
import { given } from '../support/given.ts';
import { at } from '../support/ids.ts';
import { givenDeleted } from '../support/rewinding.ts';

describe('a rewind is refused', () => {
  it.each<[string, Partial<RewindCommand>, string]>([
    ['from a moment that has not come yet', { fromMs: at(10_000_000) }, 'from'],
    ['from a moment after its end', { fromMs: at(5), toMs: at(4) }, 'from'],
    ['for a window without any time', { fromMs: at(5), toMs: at(5) }, 'from'],
    ['into a queue that does not exist', { into: 'nowhere' }, 'into'],
  ])('%s', async (_, command, field) => {
    const world = await givenDeleted(['a']);

    const refusal = startRewind(world.service, world.everything(command));

    await expect(refusal).rejects.toMatchObject({ code: 'InvalidField', field });
    expect(await listRewinds(world.service, 'orders', { limit: 10 })).toEqual({ rewinds: [] });
  });

  it('where rewinding is off, and nothing was archived', async () => {
    const world = await given({ queues: { orders: { rewindMs: 0 } }, sent: ['gone'] });
    await world.consume();
    world.clock.advance(1);

    const refusal = startRewind(world.service, world.everything());

    await expect(refusal).rejects.toMatchObject({ code: 'InvalidField', field: 'rewindSeconds' });
    await world.settle();
    expect(await world.ports.objects.list('archive/', { limit: 10 })).toEqual([]);
    await updateQueue(world.service, { name: 'orders', settings: { rewindMs: 'forever' } });
    expect((await world.rewind()).messagesRewound).toBe(0);
  });

  it('while another one of the queue is at work', async () => {
    const world = await givenDeleted(['a']);
    await startRewind(world.service, world.everything());

    const refusal = startRewind(world.service, world.everything());

    await expect(refusal).rejects.toMatchObject({ code: 'Conflict' });
    await world.runRewinds();
    expect(await world.consume()).toEqual(['a']);
    world.clock.advance(1);
    expect((await world.rewind()).messagesRewound).toBe(1);
  });

  it('when two start at once: one of them runs', async () => {
    const world = await givenDeleted(['a']);
    const both = [world.process(), world.process()].map((process) => startRewind(process, world.everything()));

    const outcomes = await Promise.allSettled(both);
    await world.runRewinds();

    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await world.consume()).toEqual(['a']);
  });
});

describe('a rewind whose queues change', () => {
  it('is refused for a window of deletion before anything that is kept', async () => {
    const world = await given({ queues: { orders: { rewindMs: 1_000 } } });
    world.clock.advance(60_000);

    const refusal = world.rewind({ by: 'deletedAt', fromMs: at(0), toMs: at(59_000) });

    await expect(refusal).rejects.toMatchObject({ code: 'InvalidField', field: 'to' });
  });

  it('keeps to the moment that it names, though what was deleted before is not gone yet', async () => {
    const day = 86_400_000;
    const world = await given({ queues: { orders: { rewindMs: day } }, sent: ['early'] });
    await world.consume();
    world.clock.advance(day);
    await world.send(['late']);
    await world.consume();
    world.clock.advance(1_000);

    const job = await world.rewind({ by: 'deletedAt', fromMs: at(0) });
    const counted = await countRewind(world.service, world.everything({ by: 'deletedAt', fromMs: at(0) }));

    const cutReason = expect.stringContaining('rewindSeconds is 86400') as string;
    expect(job).toMatchObject({ fromMs: at(1_000), cutToMs: at(1_000), cutReason, messagesRewound: 1 });
    expect(counted).toMatchObject({ cutToMs: expect.any(Number) as number, cutReason, matched: 0 });
    expect(await world.consume()).toEqual(['late']);
  });

  it('fails by name when its target was deleted, though another queue has the name by now', async () => {
    const world = await given({ queues: { orders: {}, replay: {} }, sent: ['one'] });
    await world.consume();
    world.clock.advance(1);
    const job = await startRewind(world.service, world.everything({ into: 'replay' }));
    await deleteQueue(world.service, 'replay');
    await createQueue(world.service, { name: 'replay', settings: {} });

    await world.runRewinds();

    const failed = await getRewind(world.service, 'orders', job.id);
    expect(failed).toMatchObject({ state: 'failed', messagesRewound: 0 });
    expect(failed.error).toContain('replay');
    expect(await world.receive({ queue: 'replay' })).toEqual([]);
    expect((await world.rewind()).messagesRewound).toBe(1);
  });

  it('ends when its own queue was deleted', async () => {
    const world = await givenDeleted(['a']);
    const job = await startRewind(world.service, world.everything());
    await deleteQueue(world.service, 'orders');

    await world.runRewinds();

    const stored = await world.ports.catalog.get('rewind', rewindName(job.queueId, job.id));
    expect(stored?.value).toMatchObject({ state: 'failed', finishedAtMs: world.clock.nowMs() });
  });

  it('ends when its own queue was deleted after it was cancelled', async () => {
    const world = await givenDeleted(['a']);
    const job = await startRewind(world.service, world.everything());
    await cancelRewind(world.service, 'orders', job.id);
    await deleteQueue(world.service, 'orders');

    await world.resumeRewinds();

    expect(await unfinishedRewinds(world.service)).toEqual([]);
    const stored = await world.ports.catalog.get('rewind', rewindName(job.queueId, job.id));
    expect(stored?.value.state).toBe('cancelled');
  });
});
