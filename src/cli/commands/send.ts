import { Option } from 'commander';
import type { MessageAttribute, NewMessage } from '../../client/index.ts';
import { by, type Define } from '../frame/command.ts';
import { inputOf } from '../frame/input.ts';
import { withExamples } from '../frame/options.ts';
import { sendAll } from '../frame/send-all.ts';
import type { Shell } from '../frame/shell.ts';
import { addAttribute } from '../rules/attributes.ts';
import { parseSeconds } from '../rules/durations.ts';
import { WrongUse } from '../rules/exit-codes.ts';
import { parseJsonMessage } from '../rules/json-messages.ts';
import { linesOf, textOf } from '../rules/lines.ts';
import { wholeNumber } from '../rules/numbers.ts';

interface SendOptions {
  readonly file?: string;
  readonly lines?: true;
  readonly jsonl?: true;
  readonly attr?: Readonly<Record<string, MessageAttribute>>;
  readonly delay?: number;
  readonly at?: string;
  readonly rate?: number;
}

/** Messages a second: more than one process sends. */
const RATE_MAX = 1_000_000;

export const define: Define = (command, on) =>
  void withExamples(
    command,
    "send orders 'first'",
    'send orders --attr kind=refund --attr amount:number=5 --delay 2h < body.txt',
    'send orders --lines --rate 100 < lines.txt',
    'send orders --jsonl < messages.jsonl',
  )
    .argument('<queue>')
    .argument('[body]', 'the body; without it, the input is the body')
    .option('--file <path>', 'read this file in place of stdin')
    .option('--lines', 'each line of the input is a body')
    .addOption(new Option('--jsonl', 'each line is {body, attributes, delaySeconds or deliverAt}').conflicts('lines'))
    .option('--attr <name=value>', 'an attribute: name=value, name:number=5 or name:binary=Base64', by(addAttribute))
    .option('--delay <duration>', 'not ready before that, like 2h', by(parseSeconds))
    .addOption(new Option('--at <time>', 'not ready before this time').conflicts('delay'))
    .option('--rate <number>', 'at most this many messages a second', by(wholeNumber(1, RATE_MAX)))
    .action(
      on(async (shell, name: string, body: string | undefined, options: SendOptions) => {
        const messages = messagesOf(shell, body, options);
        return await sendAll(shell, await shell.queue(name), messages, options);
      }),
    );

async function* messagesOf(shell: Shell, body: string | undefined, options: SendOptions): AsyncGenerator<NewMessage> {
  const added = {
    ...(options.delay === undefined ? {} : { delaySeconds: options.delay }),
    ...(options.at === undefined ? {} : { deliverAt: timeOf(shell, options.at) }),
  };
  const attributes = options.attr ?? {};
  if (body !== undefined) {
    if (options.file !== undefined || options.lines || options.jsonl) {
      throw new WrongUse('The body is an argument, so --file, --lines and --jsonl must be left out.');
    }
    yield { body, attributes, ...added };
    return;
  }
  const input = await inputOf(shell, options.file);
  if (options.lines !== true && options.jsonl !== true) {
    yield { body: await textOf(input), attributes, ...added };
    return;
  }
  let number = 0;
  for await (const line of linesOf(input)) {
    number += 1;
    if (options.lines === true) yield { body: line, attributes, ...added };
    else if (line.trim() !== '') yield withAdded(parseJsonMessage(line, number), attributes, added);
  }
}

/** A span without a direction lies in the past, which is never meant here. */
const SPAN = /^\d+(\.\d+)?[a-z]+$/i;

function timeOf(shell: Shell, at: string): string {
  if (SPAN.test(at.trim())) throw new WrongUse(`--at takes a time, not a span; --delay ${at} waits that long.`);
  return shell.time(at);
}

/** Options complete a message of a JSON line, whose own values win. */
function withAdded(message: NewMessage, attributes: SendOptions['attr'], added: Partial<NewMessage>): NewMessage {
  const hasTime = message.delaySeconds !== undefined || message.deliverAt !== undefined;
  return { ...(hasTime ? {} : added), ...message, attributes: { ...attributes, ...message.attributes } };
}
