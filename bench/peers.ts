import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Speaker } from './peers/protocols.ts';
import { directoryFor, PEERS, type Peer, type RunningPeer } from './peers/servers.ts';

/**
 * Full lives (send, receive, delete) of 100 B a second in a closed loop, compared with servers that people would choose
 * instead. Rounds alternate, so other work of the machine affects all of them. Medians count, and ratios matter more
 * than figures.
 */
const BODY_BYTES = 100;
const WARM_UP_SHARE = 0.3;
const FIRST_PORT = 46_100;
const FLUSHES = 200;

const { rounds, seconds, rows, only } = new Command('npm run bench -- peers')
  .description('Measures lives a second of this server beside Redis, beanstalkd, fauxqs and ElasticMQ.')
  .option('--rounds <number>', 'rounds of each server; the median counts', Number, 5)
  .option('--seconds <number>', 'length of a round', Number, 2)
  .option('--rows <list>', 'connections:batch, …', '1:1,16:1,16:10,256:1')
  .option('--only <text>', 'only servers whose name holds it, beside the first', '')
  .parse()
  .opts<{ rounds: number; seconds: number; rows: string; only: string }>();

interface Row {
  readonly connections: number;
  readonly batch: number;
}

const directory = mkdtempSync(join(tmpdir(), 'bench-peers-'));
const running: { readonly peer: Peer; readonly server: RunningPeer }[] = [];
try {
  for (const [number, peer] of PEERS.entries()) {
    if (number > 0 && !peer.name.includes(only)) continue;
    try {
      running.push({ peer, server: await peer.start(FIRST_PORT + number, directoryFor(directory, number)) });
    } catch (error) {
      console.log(`${peer.name} is left out: ${(error as Error).message}`);
    }
  }
  console.log(`a flush takes ${flushMs().toFixed(2)} ms here (median)\n`);
  for (const row of rows.split(',').map(rowOf)) await measureRow(row);
} finally {
  for (const { server } of running) await server.stop();
  rmSync(directory, { recursive: true, force: true });
}

function rowOf(text: string): Row {
  const [connections = Number.NaN, batch = Number.NaN] = text.split(':').map(Number);
  return { connections, batch };
}

async function measureRow({ connections, batch }: Row): Promise<void> {
  const measured = new Map<string, number[]>(running.map(({ peer }) => [peer.name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { peer, server } of running) {
      const queue = `peers-${connections}-${batch}-${round}`;
      await makeQueue(peer, server, queue);
      const speakers = await Promise.all(Array.from({ length: connections }, () => peer.speak(server.port, queue)));
      measured.get(peer.name)?.push(await livesPerSecond(speakers, batch));
      for (const speaker of speakers) speaker.close();
    }
  }
  const [first = Number.NaN] = [...measured.values()].map(median);
  console.log(`${connections} connections, batches of ${batch}`);
  for (const [name, lives] of measured) {
    const share = (median(lives) / first).toFixed(2);
    console.log(`  ${name.padEnd(30)}${median(lives).toFixed(0).padStart(9)} lives/s${share.padStart(8)}`);
  }
}

/** The other protocols create a queue on first use. */
async function makeQueue({ name }: Peer, { port }: RunningPeer, queue: string): Promise<void> {
  if (name.includes('REST')) await fetch(`http://127.0.0.1:${port}/queues/${queue}`, { method: 'PUT' });
}

async function livesPerSecond(speakers: readonly Speaker[], batch: number): Promise<number> {
  const bodies = Array.from({ length: batch }, () => 'x'.repeat(BODY_BYTES));
  const startMs = performance.now();
  const warmMs = startMs + seconds * 1_000 * WARM_UP_SHARE;
  const endMs = warmMs + seconds * 1_000;
  let lives = 0;
  await Promise.all(
    speakers.map(async (speaker) => {
      while (performance.now() < endMs) {
        await speaker.send(bodies);
        // Other workers may have left fewer messages, or none.
        const handles = await speaker.receive(batch);
        if (handles.length === 0) continue;
        await speaker.delete(handles);
        if (performance.now() > warmMs) lives += handles.length;
      }
    }),
  );
  return (1_000 * lives) / (performance.now() - warmMs);
}

/** Time to write and sync 200 bytes of an allocated file. */
function flushMs(): number {
  const descriptor = openSync(join(directory, 'flush'), 'w');
  const bytes = Buffer.alloc(200, 1);
  writeSync(descriptor, Buffer.alloc(FLUSHES * bytes.length));
  fdatasyncSync(descriptor);
  const times = Array.from({ length: FLUSHES }, (_, number) => {
    const startMs = performance.now();
    writeSync(descriptor, bytes, 0, bytes.length, number * bytes.length);
    fdatasyncSync(descriptor);
    return performance.now() - startMs;
  });
  closeSync(descriptor);
  return median(times);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
