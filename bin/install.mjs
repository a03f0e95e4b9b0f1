/**
 * Installs what is missing, so that `npm start`, `npm test` and every other script work right after the clone.
 *
 * Depends only on Node. Runs by itself (`node bin/install.mjs && …`) or before an entry point
 * (`node --import ./bin/install.mjs --import tsx …`). Imports run in order, so the second finds what the first
 * installed, and the server stays one process that gets its signals itself.
 */
import './node-version.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..');
const WANTED = join(ROOT, 'package-lock.json');
/** npm writes it last, so it exists only after a finished installation. */
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');
/** Holds the process id of the installer: two starts at once must not install over each other. */
const LOCK = join(ROOT, '.install.lock');
/** An installation takes minutes; an older lock was left by a process that died. */
const LOCK_MS_MAX = 15 * 60_000;
/** Between two looks at the lock, in milliseconds. */
const POLL_MS = 100;

if (!isInstalled()) await installAlone();

/** Costs two looks at the disk if nothing changed. */
function isInstalled() {
  const installed = statSync(INSTALLED, { throwIfNoEntry: false });
  if (installed === undefined) return false;
  return installed.mtimeMs >= statSync(WANTED).mtimeMs || holdsWantedVersions();
}

/** A checkout touches the lock file without a change; then there is nothing to do. */
function holdsWantedVersions() {
  const packages = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const installed = packages(INSTALLED);
  return Object.entries(packages(WANTED)).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' || optional || devOptional || installed[path]?.version === version,
  );
}

async function installAlone() {
  while (!(await tryLock())) {
    await sleep(POLL_MS);
    if (isInstalled()) return;
  }
  try {
    if (!isInstalled()) await install();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

async function tryLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isAbandoned()) rmSync(LOCK, { force: true });
    return false;
  }
  // If two starts found the same abandoned lock, the slower may just have removed ours: look again.
  await sleep(POLL_MS / 2);
  return lockHolder() === process.pid;
}

function isAbandoned() {
  const lock = statSync(LOCK, { throwIfNoEntry: false });
  const holder = lockHolder();
  // An empty lock is new, and its holder is about to write its id.
  if (lock === undefined || holder === 0) return false;
  return Date.now() - lock.mtimeMs > LOCK_MS_MAX || !isAlive(holder);
}

function lockHolder() {
  try {
    return Number(readFileSync(LOCK, 'utf8'));
  } catch {
    return 0; // gone, so the lock has no holder
  }
}

function isAlive(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

async function install() {
  console.error('Installing dependencies, once (npm ci) …');
  const command = 'npm ci --include=dev --no-audit --no-fund --loglevel=error';
  const npm = spawn(command, { cwd: ROOT, shell: true, stdio: ['ignore', 'ignore', 'inherit'] });
  // npm goes on if this process is killed, so the lock names npm: a second one would install over it.
  writeFileSync(LOCK, String(npm.pid ?? process.pid));
  const [status] = await once(npm, 'exit');
  if (status === 0) return;
  console.error(`Installing dependencies failed: npm ci ended with ${status ?? 'a signal'} in ${ROOT}.`);
  rmSync(LOCK, { force: true });
  process.exit(1);
}
