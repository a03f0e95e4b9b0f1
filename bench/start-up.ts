/**
 * `start-up.ts FOLDER`: how large each bundle of a synthesized deployment is, and how long its function takes from the
 * start of its process to its first call for work: Node, the runtime client, and loading the bundle. Median of 9.
 *
 * Fails where a bundle is too large. Times above the limit are marked and not judged: a busy machine takes longer.
 * Needs `.ci/with-lambda` for the runtime client.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Assembly, type DeployedFunction } from '../test/bundles/assembly.ts';

const RUNS = 9;
const BUNDLE_BYTES_MAX = 500_000;
const START_MS_MAX = 150;

const [cloudAssembly = 'cdk.out'] = process.argv.slice(2);
const runtimeClient = process.env['LAMBDA_RUNTIME_CLIENT'] ?? '';

/** Starts the function once, and ends it when it asks for work. */
function startOnce({ folder, handler, environment }: DeployedFunction): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      const isReady = request.url?.endsWith('/invocation/next') === true;
      const tookMs = performance.now() - startedMs;
      started.kill('SIGKILL');
      response.destroy();
      server.close();
      if (isReady) resolve(tookMs);
      else reject(new Error(`${handler} in ${folder} does not start`));
    });
    let startedMs = 0;
    let started: ReturnType<typeof spawn>;
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      startedMs = performance.now();
      started = spawn(process.execPath, [runtimeClient, handler], {
        cwd: folder,
        stdio: 'ignore',
        env: {
          ...environment,
          LAMBDA_TASK_ROOT: folder,
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
          AWS_REGION: 'us-east-1',
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        },
      });
    });
  });
}

async function medianMs(one: DeployedFunction): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) times.push(await startOnce(one));
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
}

const folder = mkdtempSync(join(tmpdir(), 'rewindmq-start-up-'));
let failed = 0;
let passed = 0;
try {
  for (const one of new Assembly(cloudAssembly).functions(folder)) {
    const bytes = statSync(join(one.folder, 'index.js')).size;
    const startMs = await medianMs(one);
    const isWithin = bytes <= BUNDLE_BYTES_MAX;
    const mark = startMs > START_MS_MAX ? ` (aim: ${START_MS_MAX} ms)` : '';
    if (isWithin) passed++;
    else failed++;
    console.log(
      [
        isWithin ? 'ok  ' : 'FAIL',
        one.name.padEnd(12),
        `${Math.round(bytes / 1_000)} KB`,
        `${startMs.toFixed(0)} ms${mark}`,
      ].join(' '),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
