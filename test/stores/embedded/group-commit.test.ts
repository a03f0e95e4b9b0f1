import { expect, it } from 'vitest';
import { QueueError } from '../../../src/model/errors.ts';
import { REQUEST_BYTES_MAX } from '../../../src/model/limits.ts';
import { GroupCommit } from '../../../src/stores/embedded/group-commit.ts';

it('throws what a step throws to its caller alone', async () => {
  const commits = new GroupCommit(async (steps) => steps());

  const answers = await Promise.allSettled([
    commits.run(() => 'first'),
    commits.run(() => {
      throw new RangeError('second');
    }),
    commits.run(() => 'third'),
  ]);

  expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : String(answer.reason)))).toEqual([
    'first',
    'RangeError: second',
    'third',
  ]);
});

it('refuses every step of a commit that failed, and goes on with the next', async () => {
  const failures = [new Error('disk full')];
  const commits = new GroupCommit(async (steps) => {
    steps();
    const failure = failures.pop();
    if (failure !== undefined) throw failure;
  });

  const failed = commits.run(() => 'lost');
  const next = failed.catch(() => commits.run(() => 'kept'));

  await expect(failed).rejects.toThrow(QueueError);
  await expect(failed).rejects.toMatchObject({ code: 'Unavailable', cause: { message: 'disk full' } });
  expect(await next).toBe('kept');
});

it('refuses what waits when no transaction can be opened', async () => {
  const commits = new GroupCommit(() => Promise.reject(new Error('no file')));

  const answers = await Promise.allSettled([commits.run(() => 1), commits.run(() => 2)]);

  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

it('takes steps one group at a time: none runs while another group is on its way to disk', async () => {
  const events: string[] = [];
  const commits = new GroupCommit(async (steps) => {
    events.push('begin');
    steps();
    await Promise.resolve();
    events.push('on disk');
  });

  const first = commits.run(() => events.push('first'));
  const second = commits.run(() => events.push('second'));
  await Promise.all([first, second]);

  expect(events).toEqual(['begin', 'first', 'on disk', 'begin', 'second', 'on disk']);
});

it('lets steps share a commit that together write no more than one request may', async () => {
  const groups: number[][] = [];
  const commits = new GroupCommit(async (steps) => {
    groups.push([]);
    steps();
  });
  const share = REQUEST_BYTES_MAX / 4;

  // The first one goes at once.
  await Promise.all([1, 3, 1, 9, 1, 1].map((shares) => commits.run(() => groups.at(-1)?.push(shares), shares * share)));

  expect(groups).toEqual([[1], [3, 1], [9], [1, 1]]);
});
