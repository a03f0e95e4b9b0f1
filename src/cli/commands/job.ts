import type { RewindJob } from '../../client/index.ts';
import { ITEMS_PER_PAGE_MAX } from '../../model/limits.ts';
import { by, type Define } from '../frame/command.ts';
import { JOB_COLUMNS, JOB_PROPERTIES, watchJob } from '../frame/jobs.ts';
import { withExamples } from '../frame/options.ts';
import type { Shell } from '../frame/shell.ts';
import { CommandFailure, EXIT } from '../rules/exit-codes.ts';
import { wholeNumber } from '../rules/numbers.ts';

/** Shown by default: what fits on a screen. */
const LIMIT = 20;

/** `rewindmq job`: rewinds and redrives of a queue. */
export const define: Define = (command, on) => {
  withExamples(command, 'job ls', 'job ls orders', 'job watch orders', 'job cancel orders 1876e0c…');
  command
    .command('ls')
    .description('list rewinds and redrives, newest first; they leave 30 days after their end')
    .argument('[queue]', 'all queues by default')
    .option('--limit <number>', 'at most this many', by(wholeNumber(1)), LIMIT)
    .action(
      on(async (shell, name: string | undefined, { limit }: { readonly limit: number }) => {
        const { out, signal } = shell;
        if (name === undefined) return await listAll(shell, limit);
        const jobs = [];
        for await (const job of (await shell.queue(name)).rewinds({
          limit: Math.min(limit, ITEMS_PER_PAGE_MAX),
          signal,
        })) {
          jobs.push(job);
          if (jobs.length === limit) break;
        }
        await out.list(jobs, JOB_COLUMNS);
        if (jobs.length === 0) await out.say(`${name} had no rewind and no redrive in the last 30 days.`);
      }),
    );
  command
    .command('show')
    .description('show a job')
    .argument('<queue>')
    .argument('[id]', 'the newest one by default')
    .action(
      on(async (shell, name: string, id?: string) => {
        const job = await jobOf(shell, name, id);
        await shell.out.record(await job.show({ signal: shell.signal }), JOB_PROPERTIES);
      }),
    );
  defineRest(command, on);
};

async function listAll(shell: Shell, limit: number): Promise<void> {
  const { out, signal } = shell;
  const { rewinds } = await (await shell.client()).rewinds({ limit: Math.min(limit, ITEMS_PER_PAGE_MAX), signal });
  await out.list(
    rewinds.map(({ queue, rewind }) => ({ queue, ...rewind })),
    [{ title: 'QUEUE', value: ({ queue }) => queue }, ...JOB_COLUMNS],
  );
  if (rewinds.length === 0) await out.say('There was no rewind and no redrive in the last 30 days.');
}

const defineRest: Define = (command, on) => {
  command
    .command('watch')
    .description('follow a job to its end: a bar on a terminal, a line of JSON a second in a pipe')
    .argument('<queue>')
    .argument('[id]', 'the newest one by default')
    .action(
      on(async (shell, name: string, id?: string) =>
        watchJob(shell, { queue: name, job: await jobOf(shell, name, id) }),
      ),
    );
  command
    .command('cancel')
    .description('stop a job; of a rewind, take back the messages that nobody has received, for a day after its end')
    .argument('<queue>')
    .argument('<id>')
    .action(
      on(async (shell, name: string, id: string) => {
        const job = await jobOf(shell, name, id);
        await shell.out.record(await job.cancel({ signal: shell.signal }), JOB_PROPERTIES);
      }),
    );
};

async function jobOf(shell: Shell, name: string, id?: string): Promise<RewindJob> {
  const queue = await shell.queue(name);
  if (id !== undefined) return queue.rewindJob(id);
  for await (const job of queue.rewinds({ limit: 1, signal: shell.signal })) return queue.rewindJob(job.id);
  throw new CommandFailure(EXIT.notFound, `${name} had no rewind and no redrive in the last 30 days.`);
}
