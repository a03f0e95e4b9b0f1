import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { PushAnswer, PushCall } from '../../../src/ports/push-target.ts';
import { FileTarget } from '../../../src/runtime/handlers/index.ts';
import { keptLog } from '../../support/logs.ts';
import { OWNER, pushCall } from '../../support/push-calls.ts';

/** A directory with these files, and a target over it; both end with the test. */
export function givenHandlers(files: Readonly<Record<string, string>>, options: { readonly idleMs?: number } = {}) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'rewindmq-handlers-')));
  const log = keptLog();
  const target = new FileTarget({ directory, owner: OWNER, log, ...options });
  onTestFinished(async () => {
    await target.close();
    rmSync(directory, { recursive: true });
  });
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  for (const [name, text] of Object.entries(files)) write(name, text);
  const call = (
    path: string,
    bodies: readonly string[] = ['one'],
    fields: Partial<PushCall> & { handler?: string } = {},
  ) => {
    const { handler = 'handler', ...rest } = fields;
    return target.call(pushCall({ kind: 'file', path, handler }, bodies, rest));
  };
  return { directory, log, write, call };
}

/** What a target tells of an answer with this value. */
export const answered = (value: unknown): PushAnswer => ({
  end: { kind: 'status', status: 200 },
  text: JSON.stringify(value),
});
