/**
 * Makes the same calls here, at ElasticMQ and at moto, and compares what they come to. Each difference must be known:
 * the table in docs/sqs-compatibility.md says what SQS does. Needs `.ci/with-moto`, Maven and Java.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServerProcess } from '../support/server-process.ts';
import { knownDifferences } from './known.ts';
import { SCRIPT } from './script.ts';
import { play } from './server.ts';

const START_MS_MAX = 60_000;
const JARS = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rewindmq', 'elasticmq-1.6.12');

function fetchElasticMq(): void {
  if (existsSync(JARS)) return;
  const copy = ['-B', '-q', '-f', 'bench/elasticmq', 'dependency:copy-dependencies', `-DoutputDirectory=${JARS}`];
  const { status } = spawnSync('mvn', copy, { stdio: 'inherit' });
  if (status !== 0) throw new Error('ElasticMQ could not be fetched');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function untilReady(url: string): Promise<void> {
  for (const until = Date.now() + START_MS_MAX; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}

fetchElasticMq();
const directory = mkdtempSync(join(tmpdir(), 'differential-'));
const port = await freePort();
const elasticMq = spawn('java', ['-cp', join(JARS, '*'), 'bench/elasticmq/ElasticMq.java', `${port}`], {
  stdio: 'ignore',
});
const own = await startServerProcess(directory);
const failures: string[] = [];
try {
  await untilReady(`http://127.0.0.1:${port}`);
  const [ours, elastic, moto] = await Promise.all([
    play(own.url, SCRIPT),
    play(`http://127.0.0.1:${port}`, SCRIPT),
    play(process.env['DYNAMODB_ENDPOINT'] ?? '', SCRIPT),
  ]);
  const known = knownDifferences();
  for (const { title } of SCRIPT) {
    const outcome = ours.get(title);
    const others = { ElasticMQ: elastic.get(title), moto: moto.get(title) };
    const different = Object.entries(others).filter(([, theirs]) => theirs !== outcome);
    const servers = different.map(([name]) => name).join(', ');
    const expected = known.get(title)?.servers.join(', ') ?? '';
    if (servers === expected) continue;
    failures.push(title);
    console.log(`FAIL ${title}\n  here:      ${outcome}`);
    for (const [name, theirs] of different) console.log(`  ${name.padEnd(10)} ${theirs}`);
    if (expected !== '') console.log(`  known to differ: ${expected}`);
  }
  const titles = new Set(SCRIPT.map(({ title }) => title));
  failures.push(...[...known.keys()].filter((title) => !titles.has(title)));
} finally {
  await own.stop();
  elasticMq.kill();
  rmSync(directory, { recursive: true, force: true });
}
console.log(`${SCRIPT.length - failures.length} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
