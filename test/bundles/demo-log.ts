import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logLines } from '../../bench/bodies.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import type { Deployed } from './deployed.ts';
import { runAgainst } from './run-against.ts';
import { show } from './shown.ts';

/** Enough for several kills of the consumer. */
const OWN_LOG_LINES = 1_000;

/** Sends every line of a log through the functions, with three consumers, one of which is killed again and again. */
export async function showLog(deployed: Deployed, log: string | undefined): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rewindmq-log-'));
  const own = join(folder, 'own.log');
  const lines = logLines(new SeededRandom(1));
  writeFileSync(own, `${Array.from({ length: OWN_LOG_LINES }, () => lines.next()).join('\n')}\n`);
  const problems = await runAgainst(deployed, 'npm', ['run', '--silent', 'demo', '--', 'kills', log ?? own]);
  rmSync(folder, { recursive: true });
  show('every line of a log is deleted once', problems);
}
