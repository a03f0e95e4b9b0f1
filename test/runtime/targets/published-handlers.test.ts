import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { failedItems } from '../../../src/model/push/index.ts';
import { FileTarget } from '../../../src/runtime/handlers/index.ts';
import { keptLog } from '../../support/logs.ts';
import { idOf, OWNER, pushCall } from '../../support/push-calls.ts';

/** Handlers for an SQS trigger as others have published them. */
const DIRECTORY = join(import.meta.dirname, 'published');

async function run(path: string, bodies: readonly string[]) {
  const log = keptLog();
  const target = new FileTarget({ directory: DIRECTORY, owner: OWNER, log });
  onTestFinished(() => target.close());
  const answer = await target.call(pushCall({ kind: 'file', path, handler: 'handler' }, bodies));
  return { ...answer, lines: () => log.lines.map(({ fields }) => fields['line']) };
}

const ALL = ['{"order":1}', '{"order":2}'];
const SOME_BAD = ['{"order":1}', 'error, and no JSON', '{"order":3}'];

describe('a published handler for an SQS trigger', () => {
  it.each(['powertools-batch.mjs', 'aws-sample-failures.mjs'])('reports items that failed: %s', async (path) => {
    const { end, text } = await run(path, SOME_BAD);

    expect(end).toEqual({ kind: 'status', status: 200 });
    expect(failedItems(text, [idOf(0), idOf(1), idOf(2)])).toEqual([idOf(1)]);
  });

  it.each(['powertools-batch.mjs', 'aws-sample-failures.mjs'])('reports that all succeeded: %s', async (path) => {
    const { text } = await run(path, ALL);

    expect(failedItems(text, [idOf(0), idOf(1)])).toEqual([]);
  });

  it('fails as a whole when all items failed, with the batch processor of Powertools', async () => {
    const { end, text } = await run('powertools-batch.mjs', ['no JSON', 'no JSON either']);

    expect(end).toEqual({ kind: 'handlerFailed' });
    expect(text).toContain('FullBatchFailureError');
  });

  it.each([
    ['aws-sample.mjs', 'null', 'Processed message {"order":2}'],
    [
      'callback.cjs',
      '"Successfully processed 2 messages."',
      'arn:aws:sqs:eu-central-1:123456789012:orders {"order":2} undefined',
    ],
  ])('runs unchanged: %s', async (path, text, line) => {
    const { lines, ...answer } = await run(path, ALL);

    expect(answer).toEqual({ end: { kind: 'status', status: 200 }, text });
    await vi.waitFor(() => expect(lines()).toContain(line), 60_000);
  });
});
