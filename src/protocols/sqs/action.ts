import type { QueueService } from '../../engine/index.ts';
import type { AccessKey } from '../../model/access-key.ts';
import type { Caller } from '../../ports/caller.ts';
import { authorise, type Needed } from './authorise.ts';
import { missing } from './errors.ts';
import { type Owner, queueNameIn } from './queue-names.ts';
import { type Members, readValue, type Shape, structure, text, type Values } from './shapes.ts';

/** What every call needs. */
export interface SqsHost extends Owner {
  readonly service: QueueService;
}

/** A call without its fields. */
export interface SqsCall {
  readonly host: SqsHost;
  /** Scheme and host as the caller named them, for the URLs of the answer. */
  readonly origin: string;
  /** The queue in the path of the call, if any. */
  readonly queueInPath: string | undefined;
  /** The answer is XML, which cannot represent every text. */
  readonly isXml: boolean;
  readonly caller: Caller | undefined;
  /** The trace that the caller assigns to the call. */
  readonly trace: string | undefined;
  /** The key that signed the call; absent where no keys are required. */
  readonly key: AccessKey | undefined;
}

/** One call: how it is parsed, and how it is answered. */
export interface Action {
  readonly name: string;
  readonly input: Shape;
  /** @throws SqsError, QueueError */
  run(call: SqsCall, input: unknown): Promise<object | undefined>;
}

interface Definition<Input extends Members, Rest extends readonly unknown[]> {
  readonly name: string;
  readonly input: Input;
  answer(call: SqsCall, ...rest: Rest): Promise<object | undefined>;
}

/** Defines a call that names no queue by its URL. */
export function action<const Input extends Members>(definition: Definition<Input, [Values<Input>]>): Action {
  const input = structure(definition.input);
  return {
    name: definition.name,
    input,
    run: async (call, given) => await definition.answer(call, readValue(input, given)),
  };
}

/** Defines a call on a queue. The queue's URL is a field, or the URL that the call was sent to. */
export function queueAction<const Input extends Members>(
  definition: Definition<Input, [queue: string, input: Values<Input>]> & { readonly right: Needed },
): Action {
  const input = structure({ QueueUrl: text, ...definition.input });
  return {
    name: definition.name,
    input,
    run: async (call, given) => {
      const values = readValue(input, given) as Values<Input> & { readonly QueueUrl?: string };
      const queue = queueOf(call, values.QueueUrl);
      authorise(call, definition.right, queue);
      return await definition.answer(call, queue, values);
    },
  };
}

function queueOf(call: SqsCall, url: string | undefined): string {
  if (url !== undefined && url !== '') return queueNameIn(url);
  if (call.queueInPath === undefined) throw missing('QueueUrl');
  return call.queueInPath;
}
