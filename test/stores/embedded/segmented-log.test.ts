import { describe, expect, it } from 'vitest';
import { QueueError } from '../../../src/model/errors.ts';
import { decodeBody, EntryWriter } from '../../../src/stores/embedded/log-codec.ts';
import { SegmentedLog } from '../../../src/stores/embedded/segmented-log.ts';
import { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import { at } from '../../support/ids.ts';
import { ForgetfulDisk } from './forgetful-disk.ts';

/** Small, so that a few entries fill one. */
const SEGMENT_BYTES = 1_200;
const TURN_BYTES = 300;

const openLog = (disk: ForgetfulDisk, segmentBytes = SEGMENT_BYTES) =>
  new SegmentedLog({ disk, directory: 'somewhere', durability: 'synced', segmentBytes, turnBytes: TURN_BYTES });

/** Opens a log like a start; returns its entries after a number. */
function recovered(disk: ForgetfulDisk, after = 0): { log: SegmentedLog; texts: string[] } {
  const log = openLog(disk);
  return { log, texts: Array.from(log.recover(after), ({ body }) => textOf(body)) };
}

function entry(log: SegmentedLog, text: string): Buffer {
  const writer = new EntryWriter(at(0));
  writer.add({ table: 1, key: 'key', after: Buffer.from(text) });
  return writer.finish(log.lastNumber + 1);
}

function textOf(body: Uint8Array): string {
  const [write] = decodeBody(body).writes;
  return Buffer.from(write?.after ?? []).toString();
}

/** A new log of one segment with entries of different lengths. */
async function given(count: number, segmentBytes = 100_000) {
  const disk = new ForgetfulDisk();
  const log = openLog(disk, segmentBytes);
  await log.beginSegment();
  const ends: number[] = [];
  const texts = Array.from({ length: count }, (_, index) => `${index} ${'x'.repeat(index * 3)}`);
  for (const text of texts) {
    if (log.isFull) await log.beginSegment();
    const bytes = entry(log, text);
    await log.append(bytes);
    ends.push((ends.at(-1) ?? 32) + bytes.length);
  }
  const [name = ''] = disk.names();
  return { disk, log, texts, ends, content: disk.open(name).content.subarray(0, (ends.at(-1) ?? 0) + 64), name };
}

const diskWith = (name: string, content: Buffer): ForgetfulDisk => {
  const disk = new ForgetfulDisk();
  disk.open(name).content = content;
  return disk;
};

describe('recovering a log', () => {
  it('brings back, of every prefix, the entries that are whole in it', async () => {
    const { name, content, texts, ends } = await given(12);

    for (let length = 32; length <= content.length; length++) {
      const { texts: found } = recovered(diskWith(name, Buffer.from(content.subarray(0, length))));
      expect(found).toEqual(texts.slice(0, ends.filter((end) => end <= length).length));
    }
  });

  it('ignores a torn last entry, whatever stands behind it, and continues', async () => {
    const { name, content, texts, ends } = await given(6);
    const [start = 0, end = 0] = ends.slice(-2);
    for (let torn = start; torn < end; torn++) {
      for (const filling of [0, 0xff, 0x2a]) {
        const bytes = Buffer.from(content);
        // A byte that happens to be right tears nothing.
        if (bytes.subarray(torn, end).every((byte) => byte === filling)) continue;
        bytes.fill(filling, torn);
        const disk = diskWith(name, bytes);

        const { log, texts: found } = recovered(disk);
        await log.beginSegment();
        await log.append(entry(log, 'next'));

        expect(found).toEqual(texts.slice(0, -1));
        expect(recovered(disk).texts).toEqual([...found, 'next']);
      }
    }
  });

  it('never brings back an altered entry, and refuses where one in the middle is', async () => {
    const { name, content, texts, ends } = await given(8);
    const lastStart = ends.at(-2) ?? 0;

    for (let position = 0; position < (ends.at(-1) ?? 0); position++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const bytes = Buffer.from(content);
        bytes.writeUInt8(bytes.readUInt8(position) ^ flip, position);
        const found = attempt(() => recovered(diskWith(name, bytes)).texts);
        // The rest of the head means nothing; the last entry counts as torn.
        const sound = position >= 20 && position < 32 ? texts : position >= lastStart ? texts.slice(0, -1) : 'refused';
        expect(found, `byte ${position}`).toEqual(sound);
      }
    }
  });

  it('refuses a log that lacks a segment, its end, or another one altogether', async () => {
    const { disk } = await given(60, SEGMENT_BYTES);
    const names = disk.names().filter((name) => name.startsWith('log-'));
    expect(names.length).toBeGreaterThan(3);

    for (const name of names.slice(0, -1)) {
      const without = new ForgetfulDisk(disk.files);
      without.remove(name);
      expect(attempt(() => recovered(without).texts)).toBe('refused');
    }
    expect(attempt(() => recovered(disk, 61).texts)).toBe('refused');
    expect(attempt(() => recovered(new ForgetfulDisk(), 1).texts)).toBe('refused');
  });

  it('refuses a segment of another format, naming the release that reads it', async () => {
    const { name } = await given(1);
    const head = Buffer.from('RWMQLOG\x09\0\0\0\0\0\0\xf0\x3f', 'latin1');
    const { crc32 } = await import('node:zlib');
    const bytes = Buffer.concat([head, Buffer.alloc(16)]);
    bytes.writeUInt32LE(crc32(head), 16);

    expect(() => openLog(diskWith(name, bytes))).toThrow(
      'the store in somewhere has format 9, which a later release reads; this release reads format 1',
    );
  });
});

/** Worlds of power cuts, of four lives each; `POWER_CUT_SEEDS=10000 npx vitest run` with this file tries more. */
const POWER_CUT_SEEDS = Number(process.env['POWER_CUT_SEEDS'] ?? 150);
const MS_PER_SEED_MAX = 500;

describe('a power cut', () => {
  it('loses nothing that was synced, at any moment of many lives', {
    timeout: 30_000 + POWER_CUT_SEEDS * MS_PER_SEED_MAX,
  }, async () => {
    for (let seed = 1; seed <= POWER_CUT_SEEDS; seed++) {
      const random = new SeededRandom(seed);
      let disk = new ForgetfulDisk();
      // No call is served before the first segment exists; after a death before that, a start begins again.
      await openLog(disk).beginSegment();
      let sure: string[] = [];
      let retired = 0;
      for (let life = 0; life < 4; life++) {
        const cutAfter = random.between(0, 60);
        const { log, texts } = recovered(disk, retired);
        expect(texts.slice(0, sure.length), `SEED=${seed}`).toEqual(sure);
        expect(texts.length, `SEED=${seed}`).toBeLessThanOrEqual(sure.length + 1);
        sure = texts;
        await log.confirm();
        let calls = 0;
        disk.before = () => {
          if (++calls > cutAfter) throw new Error('cut');
        };
        try {
          for (;;) {
            if (log.isFull) await log.beginSegment();
            const text = `${seed} ${life} ${random.text(random.between(0, 200))}`;
            await log.append(entry(log, text));
            sure.push(text);
            if (random.chance(0.1)) {
              // The base has the checkpoint's changes, so the log does not need them.
              const upTo = retired + random.between(0, sure.length);
              sure = sure.slice(upTo - retired);
              retired = upTo;
              log.retire(upTo);
            }
          }
        } catch (error) {
          expect((error as Error).message, `SEED=${seed}`).toBe('cut');
        }
        disk.before = () => {};
        // Sometimes only the process dies, and its unsynced writes are still in the system's memory.
        if (random.chance(0.6)) disk = disk.afterPowerCut(random);
      }
    }
  });
});

describe('a sync that failed', () => {
  it('leaves an entry that the next start reads, and makes durable before it goes on', async () => {
    const { disk, log, texts } = await given(3);
    disk.before = (what) => {
      if (what === 'sync') throw new Error('EIO');
    };
    await expect(log.append(entry(log, 'in memory'))).rejects.toThrow('EIO');
    disk.before = () => {};

    const next = recovered(disk);
    await next.log.confirm();
    await next.log.beginSegment();
    await next.log.append(entry(next.log, 'later'));

    expect(next.texts).toEqual([...texts, 'in memory']);
    const found = recovered(disk.afterPowerCut(new SeededRandom(1)));
    expect(found.texts).toEqual([...texts, 'in memory', 'later']);
  });
});

describe('reading a log', () => {
  it('continues behind any entry, also in reused segments', async () => {
    const { disk, log, texts } = await given(40, SEGMENT_BYTES);
    log.retire(30);
    for (let count = 0; count < 60; count++) {
      if (log.isFull) await log.beginSegment();
      await log.append(entry(log, `later ${count}`));
    }
    const all = [...texts, ...Array.from({ length: 60 }, (_, count) => `later ${count}`)];

    for (let after = 30; after < all.length; after += 7) {
      const found: string[] = [];
      for (const { number, body } of log.entriesAfter(after)) {
        expect(number).toBe(after + found.length + 1);
        found.push(textOf(body));
        if (found.length === 11) break;
      }
      expect(found).toEqual(all.slice(after, after + 11));
    }
    expect(recovered(disk, 30).texts).toEqual(all.slice(30));
  });

  it('takes an entry that is longer than a segment', async () => {
    const { disk, log } = await given(3, SEGMENT_BYTES);
    const long = 'y'.repeat(3 * 1024 * 1024);
    await log.beginSegment();
    await log.append(entry(log, long));
    await log.beginSegment();
    await log.append(entry(log, 'short'));

    expect(recovered(disk, 3).texts).toEqual([long, 'short']);
  });
});

function attempt<Answer>(work: () => Answer): Answer | 'refused' {
  try {
    return work();
  } catch (error) {
    expect(error).toBeInstanceOf(QueueError);
    return 'refused';
  }
}
