/**
 * `main.ts FOLDER [LOG]`: runs what `cdk synth` wrote to the folder, by its bundles and templates alone, and shows what
 * it does: the REST suite, the demo with a log (one of our own making where none is given), every bad case, and that
 * permissions suffice and are all needed. Needs `.ci/with-lambda` and `.ci/with-moto`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logLines } from '../../bench/bodies.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { showBackground } from './background.ts';
import { Deployed } from './deployed.ts';
import { showMissingVariables } from './missing-variables.ts';
import { judgeLogs, showOddRequests } from './odd-requests.ts';
import { judgePermissions } from './permissions.ts';
import { showRewinds } from './rewinds.ts';
import { walkRoad } from './road.ts';
import { showSilentArchiver } from './silent-archiver.ts';
import { showSqsClient } from './sqs-client.ts';
import { showStorageFailures } from './storage-failures.ts';
import { Verdict } from './verdict.ts';

const OWN_LOG_LINES = 2_000;

const [cloudAssembly = 'cdk.out', log] = process.argv.slice(2);
const verdict = new Verdict();

/** Runs a command against the deployment; it says itself what went wrong. */
function run(deployed: Deployed, command: string, args: readonly string[]): Promise<string[]> {
  const environment = { REWINDMQ_URL: deployed.url, REWINDMQ_FRONT_DOOR: deployed.frontDoor, TEST_REPORT: '' };
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
    child.on('close', (code) => resolve(code === 0 ? [] : ['see above']));
  });
}

/** Every line of a log through the functions, with three consumers of which one is killed again and again. */
async function showLog(deployed: Deployed): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rewindmq-log-'));
  const own = join(folder, 'own.log');
  const lines = logLines(new SeededRandom(1));
  writeFileSync(own, `${Array.from({ length: OWN_LOG_LINES }, () => lines.next()).join('\n')}\n`);
  const problems = await run(deployed, 'npm', ['run', '--silent', 'demo', '--', 'kills', log ?? own]);
  rmSync(folder, { recursive: true });
  verdict.judge('every line of a log is deleted once', problems);
}

const deployed = await Deployed.open(cloudAssembly, process.env['DYNAMODB_ENDPOINT'] ?? '');
try {
  console.log(`the deployment answers at ${deployed.url}, by ${deployed.frontDoor}`);
  const conformance = ['vitest', 'run', 'test/rest', '--reporter=dot'];
  verdict.judge('the REST conformance suite passes', await run(deployed, 'npx', conformance));
  await walkRoad(deployed.url, verdict);
  await showRewinds(deployed, verdict);
  await showSqsClient(deployed, verdict);
  if (deployed.frontDoor === 'http-api') await showLog(deployed);
  verdict.judge('the archiver took every batch at once', deployed.streamFailures === 0 ? [] : ['it did not']);
  await showBackground(deployed, verdict);
  await showSilentArchiver(deployed, verdict);
  judgePermissions(deployed, verdict);
  await showOddRequests(deployed, verdict);
  // What lies behind the front door is the same code: shown once.
  if (deployed.frontDoor === 'http-api') {
    await showMissingVariables(deployed.functions, verdict);
    await showStorageFailures(deployed, verdict);
  }
  judgeLogs(deployed, verdict);
} finally {
  await deployed.close();
}
if (verdict.failed > 0) console.log(deployed.output.slice(-4_000));
console.log(`${verdict.passed} passed, ${verdict.failed} failed`);
process.exitCode = verdict.failed === 0 ? 0 : 1;
