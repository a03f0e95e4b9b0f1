import { Option } from 'commander';
import type { GetSubscriptionAnswer, PutSubscriptionRequest } from '../../client/index.ts';
import { by, type Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Column } from '../frame/output.ts';
import type { Shell } from '../frame/shell.ts';
import { addPair } from '../rules/attributes.ts';
import { parseSeconds } from '../rules/durations.ts';
import { wholeNumber } from '../rules/numbers.ts';
import { define as defineKeys } from './push-keys.ts';

interface SetOptions {
  readonly batch?: number;
  readonly window?: number;
  readonly concurrency?: number;
  readonly rate?: number;
  readonly timeout?: number;
  readonly retry?: number;
  readonly maxHops?: number;
  readonly attr?: Readonly<Record<string, string>>;
  readonly format?: 'sqs' | 'raw';
  readonly reportFailures?: true;
  readonly sqs?: true;
}

const COLORS = { active: 'green', paused: 'yellow', failing: 'red' } as const;

const COLUMNS: readonly Column<GetSubscriptionAnswer>[] = [
  { title: 'to', value: ({ to }) => Object.values(to).join(' ') },
  { title: 'state', value: ({ state }) => state, style: ({ state }, colors) => colors[COLORS[state]] },
  { title: 'paused', value: ({ pausedAt }, { time }) => time(pausedAt) },
  { title: 'paused by', value: ({ pausedBy = '' }) => pausedBy },
  {
    title: 'failing',
    value: ({ failing: one }, { time }) => (one === undefined ? '' : `${one.calls} calls since ${time(one.since)}`),
  },
  { title: 'because', value: ({ failing }) => failing?.reason ?? '' },
  { title: 'next try', value: ({ failing }, { time }) => time(failing?.retryAt) },
  {
    title: 'last failures',
    value: ({ lastFailures = [] }, { time }) =>
      lastFailures.map(({ at, reason, messages }) => `${time(at)} ${reason} (${messages})`).join('; '),
  },
  { title: 'running', value: ({ running }, { number }) => number(running) },
  { title: 'filtered', value: ({ filtered }, { number }) => number(filtered) },
  { title: 'batch', value: ({ batchSize }, { number }) => number(batchSize) },
  { title: 'window', value: ({ batchWindowSeconds }) => `${batchWindowSeconds} s` },
  { title: 'concurrency', value: ({ maxConcurrency }, { number }) => number(maxConcurrency) },
  { title: 'a second', value: ({ perSecond }, { number }) => number(perSecond) },
  { title: 'timeout', value: ({ targetSeconds }) => `${targetSeconds} s` },
  { title: 'max hops', value: ({ maxHops }, { number }) => number(maxHops) },
  { title: 'format', value: ({ format }) => format },
];

/** `rewindmq push`: the subscription of a queue. The server checks ranges, and names what is wrong. */
export const define: Define = (command, on) => {
  withExamples(
    command,
    'push set orders file:orders.mjs#handler --report-failures',
    'push show orders',
    'push pause orders',
  );
  command
    .command('set')
    .description('let a queue push its messages to a target, or replace its subscription')
    .argument('<queue>')
    .argument('<target>', 'file:<path>#<handler>, the ARN of a function, or a URL')
    .option('--batch <number>', 'messages of a call', by(wholeNumber(1)))
    .option('--window <duration>', 'how long a message waits for others of its batch', by(parseSeconds))
    .option('--concurrency <number>', 'calls at once', by(wholeNumber(1)))
    .option('--rate <number>', 'at most this many messages a second', by(wholeNumber(1)))
    .option('--timeout <duration>', 'a call ends after this', by(parseSeconds))
    .option('--retry <duration>', 'when a message that failed comes again', by(parseSeconds))
    .option('--max-hops <number>', 'pause when a message was pushed so often; 0: never', by(wholeNumber(0)))
    .option('--attr <name=value>', 'only messages with this attribute; others are deleted', by(addPair))
    .addOption(
      new Option('--format <format>', 'the event of an SQS trigger, or plain messages').choices(['sqs', 'raw']),
    )
    .option('--sqs', 'the URL is that of a queue of SQS')
    .option('--report-failures', 'the answer lists the messages that failed')
    .action(
      on(async (shell, name: string, target: string, options: SetOptions) => {
        const { subscription } = await shell.queue(name);
        await shell.out.record(await subscription.put(requestOf(target, options), { signal: shell.signal }), COLUMNS);
      }),
    );
  defineRest(command, on);
  defineKeys(command, on);
};

const defineRest: Define = (command, on) => {
  const about = {
    show: 'show the subscription of a queue, and how its calls go',
    pause: 'begin no new call; calls that run end',
    resume: 'push again, also to a target that failed',
  } as const;
  for (const verb of ['show', 'pause', 'resume'] as const) {
    command
      .command(verb)
      .description(about[verb])
      .argument('<queue>')
      .action(
        on(async (shell: Shell, name: string) => {
          const { subscription } = await shell.queue(name);
          await shell.out.record(await subscription[verb]({ signal: shell.signal }), COLUMNS);
        }),
      );
  }
  command
    .command('rm')
    .description('end the subscription; its messages stay in the queue')
    .argument('<queue>')
    .action(
      on(async (shell, name: string) => {
        await (await shell.queue(name)).subscription.delete({ signal: shell.signal });
        await shell.out.say(`${name} pushes nothing any more.`);
      }),
    );
};

const toOf = (target: string, { sqs }: SetOptions): PutSubscriptionRequest['to'] => {
  if (sqs === true) return { sqs: target };
  return /^https?:/.test(target) ? { https: target } : { lambda: target };
};

function requestOf(target: string, options: SetOptions): PutSubscriptionRequest {
  const { batch, window, concurrency, rate, timeout, retry, maxHops, attr, format, reportFailures } = options;
  return {
    to: toOf(target, options),
    ...(batch === undefined ? {} : { batchSize: batch }),
    ...(window === undefined ? {} : { batchWindowSeconds: window }),
    ...(concurrency === undefined ? {} : { maxConcurrency: concurrency }),
    ...(rate === undefined ? {} : { perSecond: rate }),
    ...(timeout === undefined ? {} : { targetSeconds: timeout }),
    ...(retry === undefined ? {} : { visibilitySeconds: retry }),
    ...(maxHops === undefined ? {} : { maxHops }),
    ...(attr === undefined ? {} : { filter: { attributes: attr } }),
    ...(format === undefined ? {} : { format }),
    ...(reportFailures === undefined ? {} : { reportBatchItemFailures: reportFailures }),
  };
}
