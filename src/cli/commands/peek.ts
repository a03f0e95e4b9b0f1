import type { SeenMessage } from '../../client/index.ts';
import { MESSAGE_COLUMNS } from '../frame/columns.ts';
import { by, type Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import { wholeNumber } from '../rules/numbers.ts';
import { parseState, stateText } from '../rules/states.ts';
import { formatMessage } from '../rules/template.ts';

interface PeekOptions {
  readonly state: SeenMessage['state'];
  readonly from?: string;
  readonly limit: number;
  readonly format?: string;
}

/** Shown by default: what fits on a screen. */
const LIMIT = 20;
/** The largest page. */
const PAGE_MAX = 1_000;

export const define: Define = (command, on) =>
  void withExamples(
    command,
    'peek orders',
    'peek orders --state deleted --from "2h ago" --limit 100',
    "peek orders --format '{id} {sentAt} {body.orderId}'",
  )
    .argument('<queue>')
    .option('--state <state>', 'ready, delayed, in-flight, damaged or deleted', by(parseState), 'ready')
    .option('--from <time>', 'only messages that became ready, or were deleted, from then on')
    .option('--limit <number>', 'at most this many', by(wholeNumber(1)), LIMIT)
    .option('--format <text>', 'a line for each message, with {id}, {sentAt}, {body}, {body.path}, {attributes.name}')
    .action(
      on(async (shell, name: string, { state, from, limit, format }: PeekOptions) => {
        const { out, signal } = shell;
        const start = from === undefined ? {} : { from: shell.time(from) };
        const seen: SeenMessage[] = [];
        let count = 0;
        const look = (await shell.queue(name)).look({ state, limit: Math.min(limit, PAGE_MAX), ...start, signal });
        for await (const message of look) {
          if (format === undefined) seen.push(message);
          else await out.body(formatMessage(format, message));
          count += 1;
          if (count === limit) break;
        }
        await out.list(seen, MESSAGE_COLUMNS);
        if (count === 0) await out.say(`No message is ${stateText(state)}.`);
      }),
    );
