import { NO_SUCH_QUEUE_IN_XML, SQS_ERRORS, type SqsError } from './errors.ts';

/** Lists with another name in the Query service's JSON, where an empty one is `null`. */
const LISTS = new Map([
  ['ListQueues', ['QueueUrls', 'queueUrls']],
  ['ReceiveMessage', ['Messages', 'messages']],
] as const);
/** Maps that it renders as lists of entries, with the name of their keys. */
const MAPS = new Map([
  ['Attributes', 'Name'],
  ['MessageAttributes', 'Name'],
  ['Tags', 'Key'],
]);

/** An answer of the Query service to callers that accept JSON. */
export function renderQueryJson(action: string, answer: object | undefined, requestId: string): string {
  const result = answer === undefined ? {} : { [`${action}Result`]: resultOf(action, answer) };
  return JSON.stringify({ [`${action}Response`]: { ...result, ResponseMetadata: { RequestId: requestId } } });
}

export function renderQueryJsonError(error: SqsError, requestId: string): string {
  const Message = error.code === 'QueueDoesNotExist' ? NO_SUCH_QUEUE_IN_XML : error.message;
  const Type = error.isSenderFault ? 'Sender' : 'Receiver';
  const Error = { Code: SQS_ERRORS[error.code].query, Detail: null, Message, Type };
  return JSON.stringify({ Error, RequestId: requestId });
}

function resultOf(action: string, answer: object): object {
  const [name, told] = LISTS.get(action as 'ListQueues') ?? [];
  if (name === undefined || told === undefined) return membersOf(answer);
  const { [name]: list, ...others } = answer as Readonly<Record<string, unknown>>;
  return { ...membersOf(others), [told]: list === undefined ? null : valueOf(list) };
}

function membersOf(members: object): object {
  return Object.fromEntries(
    Object.entries(members as Readonly<Record<string, unknown>>).map(([name, value]) => {
      const key = MAPS.get(name);
      if (key === undefined || typeof value !== 'object' || value === null) return [name, valueOf(value)];
      const entries = Object.entries(value as Readonly<Record<string, unknown>>);
      return [name, entries.map(([entry, inner]) => ({ [key]: entry, Value: valueOf(inner) }))];
    }),
  );
}

function valueOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(valueOf);
  return typeof value === 'object' && value !== null ? membersOf(value) : value;
}
