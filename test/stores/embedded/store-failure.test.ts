import { expect, it } from 'vitest';
import { StoreFailure } from '../../../src/stores/embedded/store-failure.ts';

const ANSWER_MS_MAX = 400;

it('takes no answer for late that came while the process was held up', async () => {
  const said: string[] = [];
  const failure = new StoreFailure((sentence) => void said.push(sentence), ANSWER_MS_MAX);
  const answered = failure.guard('writing its log', () => new Promise((resolve) => setImmediate(resolve, 'written')));

  const untilMs = performance.now() + 2 * ANSWER_MS_MAX;
  while (performance.now() < untilMs);

  expect(await answered).toBe('written');
  expect(said).toEqual([]);
});

it('fails for good when no answer comes in time', async () => {
  const said: string[] = [];
  const failure = new StoreFailure((sentence) => void said.push(sentence), ANSWER_MS_MAX);

  await expect(failure.guard('writing its log', () => new Promise(() => {}))).rejects.toMatchObject({
    code: 'Unavailable',
  });

  expect(said).toEqual([expect.stringContaining(`no answer for ${ANSWER_MS_MAX} ms`)]);
  expect(() => failure.check()).toThrow('the store failed while writing its log');
});
