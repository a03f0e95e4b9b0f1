import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import type { HttpEvent } from '../ports/http-event.ts';
import type { RestHandler } from './lambda.ts';
import { StartError } from './start-error.ts';

/** Attributes of queues by name, in the form of REST. */
export type QueuesFile = Readonly<Record<string, object>>;

const FORM = 'it must be {"queues": {"<name>": {<attributes>}}} in JSON or YAML';

/** Reads a file of queues. @throws StartError when it is missing or invalid */
export async function readQueuesFile(path: string): Promise<QueuesFile> {
  const file: unknown = readYaml(path, await readFile(path, 'utf8').catch(() => notRead(path)));
  if (!isObject(file) || !isObject(file['queues'])) throw new StartError(`${path} lists no queues; ${FORM}.`);
  const unknown = Object.keys(file).find((name) => name !== 'queues');
  if (unknown !== undefined) throw new StartError(`${path}: ${JSON.stringify(unknown)} is unknown; ${FORM}.`);
  const queues = Object.entries(file['queues']).map(([name, attributes]) => {
    if (attributes !== null && !isObject(attributes))
      throw new StartError(`${path}: ${name} has no attributes; ${FORM}.`);
    return [name, attributes ?? {}] as const;
  });
  return Object.fromEntries(queues);
}

function readYaml(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new StartError(`${path} is neither JSON nor YAML: ${error.message.split('\n')[0]}`);
  }
}

function notRead(path: string): never {
  throw new StartError(`${path} cannot be read; --queues names a file of queues.`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Creates the missing queues. Existing queues stay as they are.
 *
 * @returns how existing queues differ, a sentence each
 * @throws StartError when a queue cannot be created
 */
export async function makeQueues(rest: RestHandler, queues: QueuesFile): Promise<string[]> {
  const differences: string[] = [];
  let open = Object.entries(queues);
  while (open.length > 0) {
    const outcomes = [];
    for (const [name, attributes] of open) outcomes.push({ name, ...(await makeQueue(rest, name, attributes)) });
    differences.push(...outcomes.filter(({ status }) => status === 409).map(({ message }) => message));
    // A queue is refused while its dead-letter queue is missing, which may come later in the file.
    const refused = outcomes.filter(({ status }) => status >= 400 && status !== 409);
    const [first] = refused;
    if (first !== undefined && refused.length === open.length)
      throw new StartError(`queue ${first.name}: ${first.message}`);
    open = refused.map(({ name }) => [name, queues[name] ?? {}]);
  }
  return differences;
}

async function makeQueue(
  rest: RestHandler,
  name: string,
  attributes: object,
): Promise<{ readonly status: number; readonly message: string }> {
  const event: HttpEvent = {
    routeKey: '$default',
    rawPath: `/queues/${encodeURIComponent(name)}`,
    rawQueryString: '',
    headers: {},
    requestContext: { requestId: 'queues-file', http: { method: 'PUT' } },
    body: JSON.stringify(attributes),
  };
  const { statusCode: status, body } = await rest(event, {});
  const { error } = JSON.parse(body) as { readonly error?: { readonly message: string } };
  return { status, message: error?.message ?? '' };
}
