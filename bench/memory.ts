/**
 * `memory.ts FOLDER`: memory and processor use of the functions of a synthesized deployment, with their bundles running
 * here: small calls by the hundred, then the largest calls. Lambda gives a processor at 1,769 MB and a share of one
 * below, so processor time shows how long a call would take at each size. Needs `.ci/with-lambda`, `.ci/with-moto` and
 * Linux.
 *
 * It shows the memory that a size must have, and the processor time that more of it buys. It does not show the wait for
 * DynamoDB and S3, which is most of a small call and is also billed by size.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { callerOf, type Received } from '../test/bundles/calling.ts';
import { Deployed } from '../test/bundles/deployed.ts';

const SMALL_CALLS = 150;
const BATCH = 10;
const BODY = 'x'.repeat(100);
/** Four mebibytes of incompressible messages: the most that a call carries. */
const LARGE_MESSAGES = 6;
const LARGE_BODY_BYTES = 500_000;
const LARGE_CALLS = 5;
const MEGABYTES_PER_PROCESSOR = 1_769;
const SIZES = [256, 512, 1_024, 1_769];
const MILLISECONDS_PER_TICK = 10;

interface Used {
  readonly peakMiB: number;
  readonly processorMs: number;
}

/** Usage of all processes of a function so far: the maximum for memory, the sum for time. */
function usedBy(deployed: Deployed, name: string): Used {
  const processes = deployed.processIdsOf(name).map((id) => {
    const peakKiB = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1];
    const [, , , , , , , , , , , user, system] = readFileSync(`/proc/${id}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return { peakMiB: Number(peakKiB) / 1_024, ticks: Number(user) + Number(system) };
  });
  return {
    peakMiB: Math.max(0, ...processes.map(({ peakMiB }) => peakMiB)),
    processorMs: processes.reduce((sum, { ticks }) => sum + ticks * MILLISECONDS_PER_TICK, 0),
  };
}

/** Sends, receives and deletes `calls` times; every call carries `bodies`. */
async function live(url: string, queue: string, bodies: readonly string[], calls: number): Promise<void> {
  const call = callerOf(url);
  const path = `/queues/${queue}`;
  await call('PUT', path, {});
  for (let count = 0; count < calls; count++) {
    const sent = await call('POST', `${path}/messages`, { messages: bodies.map((body) => ({ body })) });
    if (sent.status !== 200) throw new Error(`send: ${sent.status} ${sent.text}`);
    const { body } = await call<Received>('POST', `${path}/receive`, { max: 1_000, waitSeconds: 20 });
    await call('POST', `${path}/delete`, { receipts: body.messages.map(({ receipt }) => receipt) });
    await call('GET', path);
  }
}

const [cloudAssembly = 'cdk.out'] = process.argv.slice(2);
const deployed = await Deployed.open(cloudAssembly, process.env['DYNAMODB_ENDPOINT'] ?? '');
try {
  const names = deployed.functionNames.filter((name) => name !== 'Controller');
  await live(deployed.url, 'warm', [BODY], BATCH);
  const usedNow = () => new Map(names.map((name) => [name, usedBy(deployed, name)]));
  const start = usedNow();
  await live(deployed.url, 'small', Array<string>(BATCH).fill(BODY), SMALL_CALLS);
  const afterSmall = usedNow();
  const large = Array.from({ length: LARGE_MESSAGES }, () => randomBytes(LARGE_BODY_BYTES).toString('base64'));
  await live(deployed.url, 'large', large, LARGE_CALLS);
  const afterLarge = usedNow();
  console.log(
    '| function | set | peak | peak, 4 MiB calls | processor a small call | a 4 MiB call | so small calls take |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const { name, memoryMiB } of deployed.functions) {
    const [first, second, third] = [start, afterSmall, afterLarge].map((used) => used.get(name));
    // Functions that were not called have not started.
    if (first === undefined || second === undefined || third === undefined || third.peakMiB === 0) continue;
    const smallMs = (second.processorMs - first.processorMs) / SMALL_CALLS;
    const largeMs = (third.processorMs - second.processorMs) / LARGE_CALLS;
    const times = SIZES.map((size) => ((smallMs * MEGABYTES_PER_PROCESSOR) / size).toFixed(1)).join(', ');
    const columns = [
      name,
      `${memoryMiB} MB`,
      ...[second, third].map(({ peakMiB }) => `${peakMiB.toFixed(0)} MB`),
      ...[smallMs, largeMs].map((ms) => `${ms.toFixed(1)} ms`),
      `${times} ms at ${SIZES.join(', ')} MB`,
    ];
    console.log(`| ${columns.join(' | ')} |`);
  }
} finally {
  await deployed.close();
}
