import type { Queue, Rewind, RewindJob } from '../../client/index.ts';
import { CommandFailure, EXIT, type ExitCode } from '../rules/exit-codes.ts';
import { messagesText, numberText } from '../rules/numbers.ts';
import type { Column } from './output.ts';
import type { Shell } from './shell.ts';

const COLORS = { running: 'blue', done: 'green', failed: 'red', cancelled: 'yellow' } as const;

/** A rewind or redrive in a table. */
export const JOB_COLUMNS: readonly Column<Rewind>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }, colors) => colors[COLORS[state]] },
  { title: 'STARTED', value: ({ startedAt }, { time }) => time(startedAt) },
  { title: 'DONE', value: ({ percent }) => `${percent} %`, isRight: true },
  { title: 'MATCHED', value: ({ messagesMatched }, { number }) => number(messagesMatched), isRight: true },
  { title: 'BROUGHT', value: ({ messagesRewound }, { number }) => number(messagesRewound), isRight: true },
  { title: 'INTO', value: ({ into }) => into },
];

/** All properties of a rewind or redrive. */
export const JOB_PROPERTIES: readonly Column<Rewind>[] = [
  ...JOB_COLUMNS.map((column) => ({ ...column, title: column.title.toLowerCase() })),
  { title: 'by', value: ({ by }) => by },
  { title: 'from', value: ({ from }, { time }) => time(from) },
  { title: 'to', value: ({ to }, { time }) => time(to) },
  { title: 'finished', value: ({ finishedAt }, { time }) => time(finishedAt) },
  { title: 'a second', value: ({ perSecond }, { number }) => number(perSecond) },
  { title: 'damaged', value: ({ damaged }, { number }) => number(damaged) },
  { title: 'kept since', value: ({ cutTo }, { time }) => time(cutTo) },
  { title: 'because', value: ({ cutReason = '' }) => cutReason },
  { title: 'error', value: ({ error = '' }) => error },
];

interface Started {
  readonly queue: Queue;
  readonly options: { readonly wait: boolean };
  readonly start: () => Promise<RewindJob>;
}

/** Starts a job, and follows it unless the options say otherwise. */
export async function startJob(shell: Shell, { queue, options, start }: Started): Promise<ExitCode> {
  const job = await start();
  await shell.out.say(`Started. This stops it: rewindmq job cancel ${queue.name} ${job.id}`);
  if (options.wait) return await watchJob(shell, { queue: queue.name, job });
  await shell.out.record(await job.show({ signal: shell.signal }), JOB_PROPERTIES);
  return EXIT.done;
}

/** Commands on one job name it as `<queue> <id>`. */
interface Watched {
  readonly queue: string;
  readonly job: RewindJob;
}

/**
 * Follows a job to its end: a bar on a terminal, JSON lines otherwise. An interrupt ends only the watching.
 */
export async function watchJob(shell: Shell, { queue, job }: Watched): Promise<ExitCode> {
  const { out, signal } = shell;
  const bar = out.isTerminal ? await openBar(shell) : undefined;
  let last: Rewind | undefined;
  try {
    for await (const now of job.progress({ signal })) {
      last = now;
      if (bar === undefined) await out.json(now);
      else bar.update(now);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    bar?.stop();
  }
  if (signal.aborted) {
    await out.say(`The job goes on. Watch it: rewindmq job watch ${queue} ${job.id}`);
    return EXIT.interrupted;
  }
  return await ended(shell, last);
}

async function ended({ out }: Shell, job: Rewind | undefined): Promise<ExitCode> {
  if (job === undefined) throw new CommandFailure(EXIT.failed, 'The server told nothing of the job.');
  const { state, messagesRewound, damaged, error } = job;
  const brought = `${messagesText(messagesRewound)} brought into ${job.into}`;
  if (state === 'failed') {
    await out.warn(`The job failed: ${error ?? 'the server gave no reason'}; ${brought}.`);
    return EXIT.failed;
  }
  if (damaged > 0) await out.warn(`Up to ${messagesText(damaged)} could not be read: their storage is damaged.`);
  await out.say(`${state === 'done' ? 'Done' : 'Cancelled'}: ${brought}.`);
  return state === 'done' && damaged === 0 ? EXIT.done : EXIT.partial;
}

interface Bar {
  update(job: Rewind): void;
  stop(): void;
}

/** How often the bar is drawn; the job itself is looked at once a second. */
const FRAMES_PER_SECOND = 5;
/** A bar of this many columns leaves room for numbers on a line of 80. */
const BAR_COLUMNS = 30;

/** A bar on stderr, where all notes for a person go. */
async function openBar({ io }: Shell): Promise<Bar> {
  const { default: progress } = await import('cli-progress');
  const stream = {
    isTTY: true,
    columns: io.stderr.columns,
    write: (text: string) => void io.stderr.write(text),
  };
  const format = '{bar} {percentage} %  {brought} brought of {matched} matched';
  const bar = new progress.SingleBar(
    {
      format,
      fps: FRAMES_PER_SECOND,
      barsize: BAR_COLUMNS,
      hideCursor: true,
      gracefulExit: false,
      stream: stream as unknown as NodeJS.WriteStream,
    },
    progress.Presets.shades_classic,
  );
  const payload = (job?: Rewind) => ({
    brought: numberText(job?.messagesRewound ?? 0),
    matched: numberText(job?.messagesMatched ?? 0),
  });
  bar.start(100, 0, payload());
  return { update: (job) => bar.update(job.percent, payload(job)), stop: () => bar.stop() };
}
