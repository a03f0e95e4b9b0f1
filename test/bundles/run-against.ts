import { spawn } from 'node:child_process';
import type { Deployed } from './deployed.ts';

/** Runs a command against a deployment; the command reports its own failures. */
export function runAgainst(deployed: Deployed, command: string, args: readonly string[]): Promise<string[]> {
  const target = { REWINDMQ_URL: deployed.url, REWINDMQ_FRONT_DOOR: deployed.frontDoor };
  const environment = { ...process.env, ...target, TEST_KIND: 'test', TEST_REPORT: '' };
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', env: environment });
    child.on('close', (code) => resolve(code === 0 ? [] : [`${command} ended with ${code}: see its output`]));
  });
}
