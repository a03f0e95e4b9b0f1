import { writeSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { QueueError } from '../src/model/errors.ts';
import { VERSION } from '../src/protocols/rest/version.ts';
import { type LocalRuntime, openLocalRuntime } from '../src/runtime/local.ts';

/** What the system says about a directory that cannot be used. */
const DIRECTORY_OBSTACLES: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: 'its disk quota is used up',
  ENOTDIR: 'a file is in its place or above it',
  EEXIST: 'a file is in its place',
  EISDIR: 'a directory lies where a file of the store belongs',
  ENOENT: 'it cannot be made there',
};

interface StartOptions {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly reserve: number;
  readonly requireKeys?: true;
  readonly allowOrigin: readonly string[];
  readonly allowHost: readonly string[];
}

/** Whatever clients and the disk do: a server that has to end loses nothing by ending at once. */
const STOP_MS_MAX = 4_800;

const { port, host, data, reserve, requireKeys, allowOrigin, allowHost } = new Command('npm start --')
  .description('Start a RewindMQ server on this machine.')
  .addOption(new Option('--port <number>', 'port to listen on').env('PORT').default(4100).argParser(parsePort))
  .addOption(new Option('--host <address>', 'address to listen on').env('HOST').default('127.0.0.1'))
  .addOption(new Option('--data <directory>', 'where everything is kept').env('REWINDMQ_DATA').default('.data'))
  .addOption(
    new Option('--reserve <MiB>', 'disk space kept back, in which consumers go on when the disk is full')
      .env('REWINDMQ_RESERVE')
      .default(64)
      .argParser(parseMiB),
  )
  .option('--require-keys', 'take only calls signed with an access key (npm run keys -- create)')
  .option('--allow-origin <origin...>', 'let web pages of this origin call, like https://ops.example.com', [])
  .option('--allow-host <name...>', 'serve calls by this name too, where no keys are required', [])
  .version(VERSION)
  .parse()
  .opts<StartOptions>();

if (!isLoopback(host) && requireKeys !== true) {
  process.stderr.write(`${host} can be reached from other machines, so calls must be signed: add --require-keys\n`);
  process.exit(1);
}
const runtime = await start();
greet(runtime);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(runtime));

/** Opens the server, or says in one sentence why that cannot be. */
async function start(): Promise<LocalRuntime> {
  try {
    return await openLocalRuntime({
      directory: data,
      host,
      port,
      requireKeys: requireKeys === true,
      reserveBytes: reserve * 1024 * 1024,
      onStoreFailure: endAtOnce,
      pages: { origins: allowOrigin, hosts: allowHost },
    });
  } catch (error) {
    process.stderr.write(`${reason(error)}\n`);
    process.exit(1);
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === 'EADDRINUSE')
    return `Port ${port} of ${host} is in use; stop what uses it, or choose another: PORT=4101 npm start`;
  const isOfPort = error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'listen';
  if (code === 'EACCES' && isOfPort) return `Port ${port} of ${host} may not be used by this user.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is no address of this machine.`;
  if (error instanceof QueueError) return error.message;
  const obstacle = DIRECTORY_OBSTACLES[code ?? ''];
  if (obstacle !== undefined) return `The directory ${data} cannot be used: ${obstacle}; choose another with --data.`;
  return `The server could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** The disk failed under the store: ends without a word to anybody, since no answer would be sure. */
function endAtOnce(sentence: string): void {
  // Written at once, and the process ended by the system: an orderly exit waits for the disk, which may never answer.
  writeSync(process.stderr.fd, `${sentence}\n`);
  process.kill(process.pid, 'SIGKILL');
}

function greet({ url }: LocalRuntime): void {
  const lines = [
    `RewindMQ ${VERSION}, data in ${data}`,
    '',
    `  REST     ${url}/queues     (described at ${url}/openapi.json)`,
    `  SQS      ${url}     (as endpoint URL of any SQS client)`,
    '',
    'Try it:',
    `  curl -X PUT ${url}/queues/first && curl ${url}/queues/first/messages -d '{"messages":[{"body":"hello"}]}'`,
    '',
  ];
  if (requireKeys === true) lines.push('Calls must be signed with an access key: npm run keys -- create', '');
  process.stdout.write(lines.join('\n'));
}

function isLoopback(address: string): boolean {
  return /^(localhost|::1|127\.\d+\.\d+\.\d+)$/.test(address);
}

/** Ends within 5 s; a second signal ends at once. */
async function stop(server: LocalRuntime): Promise<void> {
  setTimeout(() => {
    process.stderr.write('The server did not stop in time. What it acknowledged is on disk.\n');
    process.exit(1);
  }, STOP_MS_MAX).unref();
  try {
    await server.close();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`The server did not stop cleanly: ${String(error)}\n`);
    process.exit(1);
  }
}

function parsePort(text: string): number {
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number <= 65_535) return number;
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
}

function parseMiB(text: string): number {
  const number = Number(text);
  if (/^\d{1,6}$/.test(text)) return number;
  throw new InvalidArgumentError('A reserve is a whole number of mebibytes from 0 to 999999.');
}
