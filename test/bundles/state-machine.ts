interface State {
  readonly Type: 'Task' | 'Choice' | 'Map';
  readonly Next?: string;
  readonly Parameters?: { readonly Payload?: object; readonly 'Payload.$'?: string } & Readonly<
    Record<string, unknown>
  >;
  readonly Retry?: readonly { readonly MaxAttempts: number }[];
  readonly ResultSelector?: Readonly<Record<string, string>>;
  readonly ResultPath?: string | null;
  readonly Choices?: readonly { readonly Variable: string; readonly BooleanEquals: boolean; readonly Next: string }[];
  readonly Default?: string;
  readonly ItemReader?: { readonly Parameters: { readonly 'Key.$': string } };
  readonly ItemBatcher?: { readonly MaxItemsPerBatch: number; readonly BatchInput: object };
  readonly MaxConcurrency?: number;
  readonly ItemProcessor?: Machine;
}

interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

type Json = Readonly<Record<string, unknown>>;

/** The functions and objects that a state machine uses. */
export interface Reach {
  invoke(event: unknown): Promise<unknown>;
  readObject(key: string): Promise<string>;
}

/**
 * Executes a state machine by its definition, as far as that of rewinds needs: calls with their retries, a choice, and
 * a distributed map with its reader, batches, and concurrency. Skips pauses between retries.
 */
export class StateMachine {
  readonly #machine: Machine;
  readonly #reach: Reach;
  /** Batches that maps made so far, each counted once. */
  batches = 0;
  /** Repeated: express executions run at least once. */
  isRepeated: (batch: number) => boolean = () => false;
  /** Fails at every try: the map tolerates it. */
  isFailing: (batch: number) => boolean = () => false;
  readonly problems: string[] = [];

  constructor(definition: string, reach: Reach) {
    this.#machine = JSON.parse(definition) as Machine;
    this.#reach = reach;
  }

  /** Resolves when an execution has ended, in whatever state. */
  async start(input: object): Promise<void> {
    try {
      await this.#run(this.#machine, input as Json, (event) => this.#reach.invoke(event));
    } catch (error) {
      this.problems.push(String(error));
    }
  }

  async #run(machine: Machine, input: Json, invoke: Reach['invoke']): Promise<Json> {
    let data = input;
    for (let name: string | undefined = machine.StartAt; name !== undefined; ) {
      const state: State | undefined = machine.States[name];
      if (state === undefined) throw new Error(`there is no state ${name}`);
      if (state.Type === 'Choice') {
        name = state.Choices?.find((one) => valueAt(data, one.Variable) === one.BooleanEquals)?.Next ?? state.Default;
        continue;
      }
      if (state.Type === 'Map') await this.#map(state, data);
      else data = withResult(data, state, await callTask(state, data, invoke));
      name = state.Next;
    }
    return data;
  }

  async #map({ ItemReader, ItemBatcher, MaxConcurrency = 1, ItemProcessor }: State, data: Json): Promise<void> {
    if (ItemReader === undefined || ItemBatcher === undefined || ItemProcessor === undefined) {
      throw new Error('a map has a reader, a batcher and a processor');
    }
    const items = JSON.parse(await this.#reach.readObject(formatted(data, ItemReader.Parameters['Key.$']))) as object[];
    const BatchInput = evaluated(data, ItemBatcher.BatchInput);
    const { MaxItemsPerBatch } = ItemBatcher;
    const waiting = Array.from({ length: Math.ceil(items.length / MaxItemsPerBatch) }, (_, number) => ({
      BatchInput,
      Items: items.slice(number * MaxItemsPerBatch, (number + 1) * MaxItemsPerBatch),
    }));
    const worker = async () => {
      for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
        const number = this.batches++;
        const invoke: Reach['invoke'] = async (event) => {
          if (this.isFailing(number)) return { errorType: 'Failed' };
          return await this.#reach.invoke(event);
        };
        for (let time = this.isRepeated(number) ? 2 : 1; time > 0; time--) {
          // The definition tolerates any failed batch.
          await this.#run(ItemProcessor, batch, invoke).catch(() => {});
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(MaxConcurrency, waiting.length) }, worker));
  }
}

async function callTask(state: State, data: Json, invoke: Reach['invoke']): Promise<unknown> {
  const { Payload, 'Payload.$': path } = state.Parameters ?? {};
  const event = path === undefined ? evaluated(data, Payload ?? {}) : valueAt(data, path);
  const tries = 1 + (state.Retry?.[0]?.MaxAttempts ?? 0);
  for (let time = 1; ; time++) {
    const answer = (await invoke(event)) as { readonly errorType?: string } | null;
    if (answer?.errorType === undefined) return answer;
    if (time === tries) throw new Error(`the task failed ${tries} times: ${JSON.stringify(answer).slice(0, 300)}`);
  }
}

function withResult(data: Json, { ResultSelector = {}, ResultPath }: State, answer: unknown): Json {
  if (ResultPath === null || ResultPath === undefined) return data;
  return { ...data, [ResultPath.slice('$.'.length)]: evaluated({ Payload: answer }, ResultSelector) };
}

/** An object; fields that end with `.$` are taken from the data. */
const evaluated = (data: Json, template: object): Json =>
  Object.fromEntries(
    Object.entries(template).map(([name, value]) =>
      name.endsWith('.$') ? [name.slice(0, -'.$'.length), valueAt(data, String(value))] : [name, value],
    ),
  );

/** `States.Format('a/{}', $.b)` */
function formatted(data: Json, expression: string): string {
  const [, pattern = '', paths = ''] = /^States\.Format\('([^']*)', (.*)\)$/.exec(expression) ?? [];
  const values = paths.split(', ').map((path) => String(valueAt(data, path)));
  return pattern.replaceAll('{}', () => values.shift() ?? '');
}

function valueAt(data: Json, path: string): unknown {
  const words = path.split('.').slice(1);
  return words.reduce<unknown>((value, word) => (value as Json | undefined)?.[word], data);
}
