import { MESSAGES_PER_SEND_MAX, REQUEST_BYTES_MAX } from '../model/limits.ts';
import type { SendMessagesAnswer, SendMessagesRequest } from './api.d.ts';
import type { Caller } from './caller.ts';
import { RewindMqError } from './errors.ts';
import { Gatherer } from './gatherer.ts';

export type NewMessage = SendMessagesRequest['messages'][number];
/** The outcome of one message: its id, or why it was not sent. */
export type Sent = SendMessagesAnswer['messages'][number] | { readonly error: RewindMqError };

/** `{"messages":[` and `]}` fit twice. */
const FRAME_BYTES = 32;
/** A request that is not full waits this long for more messages, in milliseconds. */
const LINGER_MS = 5;
/** Requests on their way at once: they hide round trips, and a slow server gets at most this many. */
const REQUESTS_AT_ONCE = 4;

/** Some messages of a call were not sent. `code` and `field` are those of the first one. */
export class SendError extends RewindMqError {
  /** The outcome of each message, in order. */
  readonly outcomes: readonly Sent[];

  constructor(outcomes: readonly Sent[]) {
    const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
    const { code = 'unexpectedAnswer', message = '', field, ...first } = errors[0] ?? {};
    const status = 'status' in first ? first.status : 200;
    super({
      code,
      message: `${errors.length} of ${outcomes.length} messages were not sent: ${message}`,
      status,
      field,
    });
    this.name = 'SendError';
    this.outcomes = outcomes;
  }
}

/** Sends the messages of many calls in requests of up to 1,000 messages. */
export const sendGatherer = (caller: Caller, path: string) =>
  new Gatherer<NewMessage, Sent>({
    send: (messages) => sendAll(caller, path, messages),
    bytesOf: (message) => new TextEncoder().encode(JSON.stringify(message)).length + 1,
    countMax: MESSAGES_PER_SEND_MAX,
    bytesMax: REQUEST_BYTES_MAX - FRAME_BYTES,
    lingerMs: LINGER_MS,
    atOnce: REQUESTS_AT_ONCE,
    host: caller.host,
  });

/** Sends until each message has an outcome: retries after a pause while the store is too busy. */
async function sendAll(caller: Caller, path: string, messages: readonly NewMessage[]): Promise<Sent[]> {
  const outcomes: Sent[] = [];
  let open = [...messages.keys()];
  for (let tries = 1; open.length > 0; tries += 1) {
    const answers = await sendOrSetAside(caller, path, { messages, open });
    for (const [index, sent] of answers) outcomes[index] = sent;
    open = tries < caller.tries ? [...answers].filter(([, sent]) => isBusy(sent)).map(([index]) => index) : [];
    if (open.length > 0) await caller.pause(tries);
  }
  return outcomes;
}

const isBusy = (sent: Sent): boolean =>
  'error' in sent &&
  !(sent.error instanceof RewindMqError) &&
  (sent.error.code === 'throttled' || sent.error.code === 'unavailable');

/** Sends a request; if one wrong message fails it, sends the others without it. They may belong to other calls. */
async function sendOrSetAside(
  caller: Caller,
  path: string,
  { messages, open }: { readonly messages: readonly NewMessage[]; readonly open: readonly number[] },
): Promise<Map<number, Sent>> {
  const answers = new Map<number, Sent>();
  let rest = open;
  while (rest.length > 0) {
    try {
      const body = { messages: rest.map((index) => messages[index]) };
      const answer = await caller.call<SendMessagesAnswer>({ method: 'POST', path, body });
      for (const [place, index] of rest.entries()) answers.set(index, answer.messages[place] as Sent);
      return answers;
    } catch (error) {
      const place = placeOf(error);
      const wrong = place === undefined ? undefined : rest[place];
      for (const index of rest) {
        if (wrong === undefined || index === wrong) answers.set(index, { error: ofOneMessage(error) });
      }
      rest = wrong === undefined ? [] : rest.filter((index) => index !== wrong);
    }
  }
  return answers;
}

const PLACE = /^messages\[(\d+)\]/;

function placeOf(error: unknown): number | undefined {
  const digits = error instanceof RewindMqError ? PLACE.exec(error.field ?? '')?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

/** The error without the message's index in a request that its caller does not know. */
function ofOneMessage(error: unknown): RewindMqError {
  if (!(error instanceof RewindMqError)) throw error;
  const { code, status, requestId, field } = error;
  const place = PLACE.exec(field ?? '')?.[0];
  if (field === undefined || place === undefined) return error;
  const own = (text: string) => text.replaceAll(`${place}.`, '').replaceAll(place, 'message');
  return new RewindMqError({ code, status, requestId, field: own(field), message: own(error.message), cause: error });
}
