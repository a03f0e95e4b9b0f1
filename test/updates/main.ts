import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepared } from '../lib/synthesized.ts';

/** Every setting changed once, but the stage, which makes another deployment, and the protection, which is planted. */
const CHANGES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  cells: { cells: 3 },
  'leaving cells': { leavingCells: '1' },
  'a removed cell beside them': { cells: 3, leavingCells: '2', removedCells: '2' },
  'front door': { frontDoor: 'function-url' },
  encryption: { encryption: 'customer-key' },
  'access keys': { accessKeys: true },
  tracing: { tracing: true },
  'metrics of routes': { routeMetrics: true },
  removal: { removal: 'destroy' },
  'point-in-time recovery': { pointInTimeRecovery: false },
  'days of logs': { logDays: 90 },
  'alarm e-mail': { alarmEmail: 'team@example.com' },
  'alarm topic': { alarmTopic: 'arn:aws:sns:us-east-1:123456789012:alarms' },
  domain: { domain: 'q.example.com', certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/1' },
  'reserved concurrency': { reservedConcurrency: 10 },
  'processes of receives': { receiveProcesses: 300 },
  'longest wait': { maxWaitSeconds: 5 },
  'warm throughput': { warmWrites: 8_000, warmReads: 24_000 },
};

/** Changes that the checker has to notice; otherwise it protects nothing. */
const PLANTED: readonly (readonly [was: string, is: string])[] = [
  ['"KeyType": "RANGE"', '"KeyType": "HASH"'],
  ['"AWS::S3::Bucket"', '"AWS::S3::StorageLens"'],
  ['"DeletionProtectionEnabled": true', '"DeletionProtectionEnabled": false'],
  ['"StateMachineType": "STANDARD"', '"StateMachineType": "EXPRESS"'],
];

const folder = mkdtempSync(join(tmpdir(), 'rewindmq-updates-'));

/** The templates once more, with a change that no setting makes. */
function planted(before: string, was: string, is: string): string {
  const changed = mkdtempSync(join(folder, 'planted-'));
  for (const name of readdirSync(before).filter((one) => one.endsWith('.template.json'))) {
    writeFileSync(join(changed, name), readFileSync(join(before, name), 'utf8').replaceAll(was, is));
  }
  return changed;
}

try {
  const synthesize = (name: string, settings: Readonly<Record<string, unknown>>): string => {
    const outdir = join(folder, name.replaceAll(' ', '-'));
    prepared({ cells: 2, ...settings }, outdir)[0].synth();
    return outdir;
  };
  const before = synthesize('before', {});
  // Encrypted deployments have a key, which must survive as well.
  const encrypted = synthesize('encrypted', { encryption: 'customer-key' });
  const pairs = Object.entries(CHANGES).flatMap(([name, change]) => [
    [before, synthesize(name, change)],
    [encrypted, synthesize(`encrypted ${name}`, { encryption: 'customer-key', ...change })],
  ]);
  const checker = join(import.meta.dirname, 'create_only.py');
  const python = process.env['CFN_LINT_PYTHON'] ?? 'python3';
  const check = (folders: readonly string[], stdio: 'inherit' | 'ignore') =>
    spawnSync(python, [checker, ...folders], { stdio }).status ?? 1;
  const missed = PLANTED.filter(([was, is]) => check([before, planted(before, was, is)], 'ignore') === 0);
  for (const [was, is] of missed) process.stdout.write(`FAIL would not notice that ${was} becomes ${is}\n`);
  process.exitCode = check(pairs.flat(), 'inherit') || missed.length;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
