import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../lib/settings.ts';
import { prepared } from '../lib/synthesized.ts';

/** Settings without a change: another stage is another deployment, and the protection is planted below. */
type Unchanged = 'stage' | 'protection';

/** Every setting changed once, some beside another one that it needs. The compiler asks for each. */
const CHANGES: Readonly<Record<Exclude<keyof Settings, Unchanged>, Partial<Settings>>> = {
  cells: { cells: 3 },
  leavingCells: { leavingCells: [1] },
  removedCells: { cells: 3, leavingCells: [2], removedCells: [2] },
  frontDoor: { frontDoor: 'function-url' },
  encryption: { encryption: 'customer-key' },
  accessKeys: { accessKeys: true },
  console: { console: false },
  oidcIssuer: { oidcIssuer: 'https://login.example.com/team', oidcClientId: 'console' },
  oidcClientId: { oidcIssuer: 'https://login.example.com/team', oidcClientId: 'other' },
  oidcGroupsClaim: { oidcIssuer: 'https://login.example.com/team', oidcClientId: 'console', oidcGroupsClaim: 'roles' },
  tracing: { tracing: true },
  routeMetrics: { routeMetrics: true },
  removal: { removal: 'destroy' },
  pointInTimeRecovery: { pointInTimeRecovery: false },
  logDays: { logDays: 90 },
  alarmEmail: { alarmEmail: 'team@example.com' },
  alarmTopic: { alarmTopic: 'arn:aws:sns:us-east-1:123456789012:alarms' },
  domain: { domain: 'q.example.com', certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/1' },
  certificate: { domain: 'q.example.com', certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/2' },
  reservedConcurrency: { reservedConcurrency: 10 },
  receiveProcesses: { receiveProcesses: 300 },
  maxWaitSeconds: { maxWaitSeconds: 5 },
  targets: {
    targets: ['orders*=arn:aws:lambda:us-east-1:123456789012:function:orders', '*=https://hooks.example.com'],
  },
  dispatchers: { targets: ['*=https://hooks.example.com'], dispatchers: 20 },
  warmWrites: { warmWrites: 8_000 },
  warmReads: { warmReads: 24_000 },
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
  const synthesize = (name: string, settings: Partial<Settings>): string => {
    const outdir = join(folder, name.replace(' ', '-'));
    // As the command line gives them: lists have commas.
    const given = Object.entries(settings).map(([key, value]) => [key, String(value)] as const);
    prepared({ cells: 2, ...Object.fromEntries(given) }, outdir)[0].synth();
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
