import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { QueueError } from '../src/model/errors.ts';
import { VERSION } from '../src/protocols/rest/version.ts';
import { unsetEmptyVariables } from '../src/runtime/empty-variables.ts';
import { builtConsole, packedConsole } from '../src/runtime/find-console.ts';
import { greeting, keysCommand } from '../src/runtime/greeting.ts';
import type { AnsweredCall } from '../src/runtime/http.ts';
import { type LocalRuntime, openLocalRuntime } from '../src/runtime/local.ts';
import type { GivenKey } from '../src/runtime/local-keys.ts';
import { readQueuesFile } from '../src/runtime/queues-file.ts';
import { StartError } from '../src/runtime/start-error.ts';
import { isAllowance } from '../src/runtime/targets/index.ts';
import { hostIn, originIn } from '../src/runtime/web-pages.ts';

/** Messages for system errors about an unusable directory. */
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
  readonly inMemory?: true;
  readonly reserve: number;
  readonly requireKeys?: true;
  readonly allowOrigin: readonly string[];
  readonly allowHost: readonly string[];
  readonly queues?: string;
  readonly handlers?: string;
  readonly allowTarget: readonly string[];
  readonly accessLog?: true;
}

/** Longest stop, whatever clients and the disk do: a server loses nothing by ending at once. */
const STOP_MS_MAX = 4_800;

const ENVIRONMENT = `
With --require-keys:
  REWINDMQ_ACCESS_KEY_ID, REWINDMQ_SECRET_ACCESS_KEY  a key that may do everything, beside those that were created
  REWINDMQ_METRICS_TOKEN                              lets Prometheus read /metrics with this bearer token`;

/** Whether this runs from the package that `npm pack` makes, or from a clone. */
const IS_PACKAGED = import.meta.url.endsWith('/dist/start.mjs');
/** In a clone: a kept bundle lies four folders below the root. */
const CLONE_BIN = import.meta.url.endsWith('/bin/start.ts')
  ? import.meta.dirname
  : join(import.meta.dirname, '../../../../bin');
const KEYS_COMMAND = keysCommand(process.argv[1] ?? '', IS_PACKAGED);

const NO_KEY_IN_MEMORY =
  'A server in memory has no keys of its own: give it one in REWINDMQ_ACCESS_KEY_ID and REWINDMQ_SECRET_ACCESS_KEY.';

const ORIGIN =
  'An origin is a scheme and a host, like https://ops.example.com or http://localhost:3000, without a path.';
const HOST = 'A host is a name, like queues.example.com or queues.example.com:4100, without a scheme and a path.';

unsetEmptyVariables();
const command = new Command(IS_PACKAGED ? 'rewindmq start' : 'npm start --')
  .description('Start a RewindMQ server on this machine.')
  .addOption(new Option('--port <number>', 'port to listen on').env('PORT').default(4100).argParser(parsePort))
  .addOption(
    new Option('--host <address>', 'address to listen on').env('HOST').default('127.0.0.1').argParser(parseAddress),
  )
  .addOption(
    new Option('--data <directory>', 'where everything is kept')
      .env('REWINDMQ_DATA')
      .default('.data')
      .argParser(parseDirectory),
  )
  .option('--in-memory', 'keep nothing on disk, for test suites: it ends with the server, and POST /reset empties it')
  .addOption(
    new Option('--reserve <MiB>', 'disk space kept back, in which consumers go on when the disk is full')
      .env('REWINDMQ_RESERVE')
      .default(64)
      .argParser(parseMiB),
  )
  .option('--require-keys', `take only calls signed with an access key (${KEYS_COMMAND} create)`)
  .option(
    '--allow-origin <origin...>',
    'let web pages of this origin call, like https://ops.example.com',
    allow(originIn, ORIGIN),
    [],
  )
  .option('--allow-host <name...>', 'serve calls by this name too, where no keys are required', allow(hostIn, HOST), [])
  .addOption(
    new Option('--queues <file>', 'make the queues that this file lists, in JSON or YAML').env('REWINDMQ_QUEUES'),
  )
  .addOption(
    new Option('--handlers <directory>', 'let queues push to functions that files in this directory export').env(
      'REWINDMQ_HANDLERS',
    ),
  )
  .addOption(
    new Option('--allow-target <target...>', 'let queues push to this origin, queue URL or function ARN too')
      .default([])
      .argParser(parseTarget),
  )
  .option('--access-log', 'write a line of JSON for each call to standard output')
  .version(VERSION)
  .addHelpText('after', ENVIRONMENT)
  .parse();
const { port, host, data, inMemory, reserve, requireKeys, allowOrigin, allowHost } = command.opts<StartOptions>();
const { queues, handlers, allowTarget, accessLog } = command.opts<StartOptions>();

for (const name of ['data', 'reserve']) {
  if (inMemory !== true || command.getOptionValueSource(name) !== 'cli') continue;
  process.stderr.write(`--in-memory keeps nothing on disk: leave out --${name}\n`);
  process.exit(1);
}
if (!isLoopback(host) && requireKeys !== true) {
  process.stderr.write(`${host} can be reached from other machines, so calls must be signed: add --require-keys\n`);
  process.exit(1);
}
const runtime = await start();
// Before the greeting: a program that reads it may signal at once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(runtime));
process.stdout.write(
  greeting({
    version: VERSION,
    url: runtime.url,
    data: inMemory === true ? undefined : data,
    requireKeys: requireKeys === true,
    hasGivenKey: givenKey() !== undefined,
    keysCommand: KEYS_COMMAND,
  }),
);

/** Opens the server, or reports in one sentence why it cannot. */
async function start(): Promise<LocalRuntime> {
  try {
    const key = givenKey();
    if (inMemory === true && requireKeys === true && key === undefined) throw new StartError(NO_KEY_IN_MEMORY);
    return await openLocalRuntime({
      directory: inMemory === true ? undefined : data,
      host,
      port,
      requireKeys: requireKeys === true,
      reserveBytes: reserve * 1024 * 1024,
      onStoreFailure: endAtOnce,
      ...(key === undefined ? {} : { key }),
      pages: { origins: allowOrigin, hosts: allowHost },
      console: IS_PACKAGED
        ? packedConsole(join(import.meta.dirname, 'console'))
        : builtConsole(join(CLONE_BIN, 'console.mjs')),
      queues: queues === undefined ? undefined : await readQueuesFile(queues),
      handlers,
      allowedTargets: allowTarget,
      metricsToken: process.env['REWINDMQ_METRICS_TOKEN'],
      onAnswered: accessLog === true ? writeAccess : undefined,
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
  if (error instanceof QueueError || error instanceof StartError) return error.message;
  const obstacle = DIRECTORY_OBSTACLES[code ?? ''];
  if (obstacle !== undefined) return `The directory ${data} cannot be used: ${obstacle}; choose another with --data.`;
  return `The server could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** Ends without answers after the disk failed under the store, because no answer would be certain. */
function endAtOnce(sentence: string): void {
  // Written at once, and the process killed: an orderly exit waits for the disk, which may never answer.
  writeSync(process.stderr.fd, `${sentence}\n`);
  process.kill(process.pid, 'SIGKILL');
}

/** The key in the environment. @throws StartError when half of it is missing, or it can be guessed */
function givenKey(): GivenKey | undefined {
  const { REWINDMQ_ACCESS_KEY_ID: id = '', REWINDMQ_SECRET_ACCESS_KEY: secret = '' } = process.env;
  if (id === '' && secret === '') return undefined;
  if (!/^\w{16,128}$/.test(id)) {
    throw new StartError('REWINDMQ_ACCESS_KEY_ID must have 16 to 128 letters, digits and underscores.');
  }
  if (secret.length < 32) throw new StartError('REWINDMQ_SECRET_ACCESS_KEY must have 32 characters or more.');
  return { id, secret };
}

function writeAccess({ ms, ...call }: AnsweredCall): void {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...call, ms: Math.round(ms) })}\n`);
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

function parseTarget(text: string, others: readonly string[]): readonly string[] {
  if (isAllowance(text)) return [...others, text];
  throw new InvalidArgumentError(
    'A target is like http://127.0.0.1:3000, the URL of a queue, or the ARN of a function.',
  );
}

/** An IPv6 address may have the brackets that it has in a URL. */
function parseAddress(text: string): string {
  const address = text.replace(/^\[(.+)\]$/, '$1');
  if (/^[\w.:%-]+$/.test(address)) return address;
  throw new InvalidArgumentError('An address is like 127.0.0.1, ::1 or localhost.');
}

function parseDirectory(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('A directory has a name.');
}

/** Reads each value of an option that may be given often. */
function allow(read: (text: string) => string | undefined, what: string) {
  return (text: string, before: readonly string[]): readonly string[] => {
    const value = read(text);
    if (value === undefined) throw new InvalidArgumentError(what);
    return [...before, value];
  };
}

function parseMiB(text: string): number {
  const number = Number(text);
  if (/^\d{1,6}$/.test(text)) return number;
  throw new InvalidArgumentError('A reserve is a whole number of mebibytes from 0 to 999999.');
}
