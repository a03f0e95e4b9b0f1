import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepared } from '../lib/synthesized.ts';

/** Every setting changed once, but the stage, which makes another deployment. */
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
  'warm throughput': { warmWrites: 8_000, warmReads: 24_000 },
};

const folder = mkdtempSync(join(tmpdir(), 'rewindmq-updates-'));
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
  const { status } = spawnSync(python, [checker, ...pairs.flat()], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
