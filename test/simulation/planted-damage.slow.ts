import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Ports } from '../../src/engine/index.ts';
import { type Block, undecodableBlock } from '../../src/model/block.ts';
import { isSetAside } from '../../src/model/ids.ts';
import { isSound } from '../../src/model/packing.ts';
import type { TotalsRecord } from '../../src/model/totals.ts';
import type { Placement, PutOutcome, ShardStore } from '../../src/ports/shard-store.ts';
import { NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import { firstBroken } from './first-broken.ts';
import { replaced } from './replaced.ts';

const DAMAGED = { isDamaged: true, faults: NO_FAULTS } as const;

const isIntact = (block: Block): boolean => !('payload' in block) || isSound(block.payload, block.messageCount);

/** As if nobody had compared it: the checksum of what the payload has become. */
function resealed(block: Block): Block {
  if (!('payload' in block)) return block;
  const payload = Buffer.from(block.payload);
  payload.writeUInt32BE(crc32(payload.subarray(5), payload[0]), 1);
  return { ...block, payload };
}

/** Puts something between the engine and the blocks that it reads. */
const reading =
  (change: (blocks: readonly Block[]) => readonly Block[]) =>
  (ports: Ports): Ports => {
    const { shards } = ports;
    const getBlocks: ShardStore['getBlocks'] = async (ids) =>
      new Map(change([...(await shards.getBlocks(ids)).values()]).map((block) => [block.id, block]));
    return { ...ports, shards: replaced(shards, { getBlocks }) };
  };

/** Where messages are set aside, the store does nothing, and answers so. */
const insteadOfAside =
  (outcome: PutOutcome) =>
  (ports: Ports): Ports => {
    const { shards } = ports;
    const isAside = ({ delivery }: Placement) => isSetAside(delivery.key);
    const put: ShardStore['put'] = async (placements) =>
      placements.some(isAside) ? placements.map(() => outcome) : await shards.put(placements);
    return { ...ports, shards: replaced(shards, { put }) };
  };

describe('the auditor of damaged payloads', () => {
  it('notices when checksums are not compared', async () => {
    const plant = reading((blocks) => blocks.map(resealed));

    expect(await firstBroken('content', { ...DAMAGED, plant }, /has a body nobody sent/)).toBeDefined();
  });

  it('notices when sound messages are set aside with damaged ones', async () => {
    const plant = reading((blocks) => (blocks.every(isIntact) ? blocks : blocks.map(({ id }) => undecodableBlock(id))));

    expect(await firstBroken('damage', { ...DAMAGED, plant }, /nothing of it is damaged/)).toBeDefined();
  });

  it('notices when damaged messages leave without being set aside', async () => {
    const plant = insteadOfAside('stored');

    expect(await firstBroken('damage', { ...DAMAGED, plant }, /is in no delivery any more/)).toBeDefined();
  });

  it('notices when damaged messages are not set aside and come back to receives again and again', async () => {
    const plant = insteadOfAside('throttled');

    expect(await firstBroken('receive', { ...DAMAGED, plant }, /is not empty/)).toBeDefined();
  });

  it('notices when messages that are set aside are not counted', async () => {
    const plant = (ports: Ports): Ports => {
      const { catalog } = ports;
      const tryPut: typeof catalog.tryPut = (kind, name, value, version) => {
        const uncounted = kind === 'totals' ? { ...(value as TotalsRecord), damaged: 0 } : value;
        return catalog.tryPut(kind, name, uncounted as typeof value, version);
      };
      return { ...ports, catalog: replaced(catalog, { tryPut }) };
    };

    expect(await firstBroken('8', { ...DAMAGED, plant }, /counts 0 damaged/)).toBeDefined();
  });
});
