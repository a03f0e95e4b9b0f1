import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { startServerProcess } from '../support/server-process.ts';
import { Load } from './load.ts';
import { Witness } from './witness.ts';

/**
 * Kills the process that holds the messages, again and again on one data directory and under load, and shows that what
 * it had acknowledged is there and what it had deleted stays away. Not part of `npm test`, for it takes over a minute.
 */
const KILLS = Number(process.env['KILLS'] ?? 20);
const ALIVE_MS_MIN = 1_000;
const ALIVE_MS_MAX = 3_000;
const WORKERS = 6;
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 32);

const directory = mkdtempSync(join(tmpdir(), 'rewindmq-kill-'));
const random = new SeededRandom(SEED);
const witness = new Witness();
const load = new Load(witness, random);
process.stdout.write(`SEED=${SEED} npm run test:kill\n`);

for (let kill = 1; kill <= KILLS; kill++) {
  const server = await startServerProcess(directory);
  if (kill === 1) await load.makeQueues(server.url);
  const running = load.run(server.url, WORKERS);
  await new Promise((resolve) => setTimeout(resolve, random.between(ALIVE_MS_MIN, ALIVE_MS_MAX)));
  const killed = server.kill();
  load.end();
  await killed;
  await running;
  const { sent, deleted } = witness.counts;
  process.stdout.write(`kill ${kill}: ${sent} sends and ${deleted} deletes acknowledged so far\n`);
}

const server = await startServerProcess(directory);
const drained = await load.drain(server.url);
await server.stop();
rmSync(directory, { recursive: true });
witness.close();

const { sent, deleted } = witness.counts;
process.stdout.write(`${drained} messages came in the end; ${sent} were sent and ${deleted} deleted for certain\n`);
for (const complaint of witness.complaints.slice(0, 20)) process.stdout.write(`  ${complaint}\n`);
const checks = [
  { name: 'nothing acknowledged is lost', found: /^lost/ },
  { name: 'nothing whose delete was acknowledged comes back', found: /^came back/ },
  { name: 'every call before a kill is answered', found: /^a call failed/ },
  { name: 'only what was sent is received', found: /^was never sent/ },
];
const failed = checks.filter(({ found }) => witness.complaints.some((complaint) => found.test(complaint)));
for (const check of checks) process.stdout.write(`${failed.includes(check) ? 'FAILED' : 'ok'}: ${check.name}\n`);
process.stdout.write(`${checks.length - failed.length} passed, ${failed.length} failed\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
