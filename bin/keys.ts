import { Command, Option } from 'commander';
import { QueueError } from '../src/model/errors.ts';
import { answerKeys } from '../src/protocols/keys/answer.ts';
import { unsetEmptyVariables } from '../src/runtime/empty-variables.ts';
import { keysCommand } from '../src/runtime/greeting.ts';
import { openLocalKeys, openOperatorKey } from '../src/runtime/local-keys.ts';
import { signatureHeaders } from '../src/runtime/signature.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import { openEmbeddedDatabase } from '../src/stores/embedded/database.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

unsetEmptyVariables();

const program = new Command(keysCommand(process.argv[1] ?? '', import.meta.url.endsWith('/dist/keys.mjs')))
  .description('Give out, list and revoke access keys of the server on this machine, running or not.')
  .addOption(
    new Option('--data <directory>', 'where the server keeps everything').env('REWINDMQ_DATA').default('.data'),
  )
  .addOption(new Option('--port <number>', 'port of the running server').env('PORT').default('4100'));

program
  .command('create')
  .description('create a key; its secret is shown once')
  .option('--queue <name...>', 'queues it reaches; * at the end of a name stands for any rest', ['*'])
  .option('--right <right...>', 'send, receive, manage', ['send', 'receive', 'manage'])
  .option('--note <text>', 'to know it again')
  .action(async ({ queue, right, note }: { queue: string[]; right: string[]; note?: string }) => {
    show(await call('POST', '/keys', JSON.stringify({ queues: queue, rights: right, ...(note && { note }) })));
  });
program
  .command('list')
  .description('list all keys, without their secrets')
  .action(async () => show(await call('GET', '/keys')));
program
  .command('revoke')
  .description('take a key away: calls signed with it are refused from now on')
  .argument('<id>')
  .action(async (id: string) => show(await call('DELETE', `/keys/${encodeURIComponent(id)}`)));
await program.parseAsync();

/** Uses the store directly, or asks the server that holds it. */
async function call(method: string, path: string, body = ''): Promise<Answer> {
  const { data, port } = program.opts<{ data: string; port: string }>();
  const database = await tryOpen(data);
  if (database === undefined) return await callServer({ method, path, body }, { data, port });
  try {
    const keys = await openLocalKeys(data, database.catalog);
    const event = { rawPath: path, body, requestContext: { requestId: 'none', http: { method } } };
    const answer = await answerKeys(keys, event);
    return { status: answer.statusCode, body: answer.body };
  } finally {
    await database.close();
  }
}

type Database = Awaited<ReturnType<typeof openEmbeddedDatabase>>;

async function tryOpen(directory: string): Promise<Database | undefined> {
  try {
    return await openEmbeddedDatabase({ directory, clock: systemClock });
  } catch (error) {
    if (error instanceof QueueError) return undefined;
    throw error;
  }
}

async function callServer(
  { method, path, body }: { readonly method: string; readonly path: string; readonly body: string },
  { data, port }: { readonly data: string; readonly port: string },
): Promise<Answer> {
  const { key, secret } = await openOperatorKey(data);
  const host = `127.0.0.1:${port}`;
  const request = { method, path, query: '', headers: { host }, body, service: 'execute-api', region: 'local' };
  const { host: _, ...headers } = await signatureHeaders(request, { id: key.id, secret });
  const call = fetch(`http://${host}${path}`, { method, headers, ...(body === '' ? {} : { body }) });
  const response = await call.catch((error: Error) =>
    program.error(`a server works on ${data}, but none answers at ${host} (${error.message}); --port says where it is`),
  );
  return { status: response.status, body: await response.text() };
}

function show({ status, body }: Answer): void {
  if (body !== '') process.stdout.write(`${JSON.stringify(JSON.parse(body), undefined, 2)}\n`);
  if (status >= 400) process.exitCode = 1;
}
