import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';

it('says that the server which works on the data is not where it was looked for', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rewindmq-keys-'));
  const runtime = await openLocalRuntime({ directory, port: 0 });
  onTestFinished(async () => {
    await runtime.close();
    await rm(directory, { recursive: true });
  });

  // No server listens at port 9 of this machine.
  const command = ['--import', 'tsx', 'bin/keys.ts', 'list', '--data', directory, '--port', '9'];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });

  expect(status).toBe(1);
  expect(stderr).toMatch(/^a server works on .* but none answers at 127\.0\.0\.1:9 .* --port says where it is\n$/);
});
