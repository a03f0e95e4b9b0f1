import { setTimeout as sleep } from 'node:timers/promises';
import { readGivenFile } from '../../src/runtime/given-file.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';

export const SERVER_HELP = '\nREWINDMQ_URL names a running server; without it one is started here, on a new directory.';
/** Enough to outlast a server that answers `429` or `503` for some seconds. */
const TRIES_MAX = 10;

/** The lines of a text file named by the user. */
export function readLines(file: string): string[] {
  const lines = readGivenFile(file).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The server named by the environment, or our own in an empty directory. */
export async function openServer(directory: string): Promise<Pick<LocalRuntime, 'url' | 'close'>> {
  const url = process.env['REWINDMQ_URL'];
  if (url !== undefined) return { url: url.replace(/\/$/, ''), close: async () => undefined };
  return await openLocalRuntime({ directory, port: 0 });
}

/** Retries a call that certainly did nothing, or that may be repeated. */
export async function call(method: string, url: string, body?: object): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (answer.ok) return text === '' ? undefined : JSON.parse(text);
    const mayRepeat = answer.status === 429 || (answer.status === 503 && method !== 'POST');
    if (!mayRepeat || tries === TRIES_MAX) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
    await sleep(Number(answer.headers.get('retry-after')) * 1_000);
  }
}

/** Lines of one send of a demo. */
export const LINES_PER_SEND = 100;

/** Sends each line as a message. @returns the id of the message of each line */
export async function sendLines(queueUrl: string, lines: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (let start = 0; start < lines.length; start += LINES_PER_SEND) {
    const messages = lines.slice(start, start + LINES_PER_SEND).map((body) => ({ body }));
    const answer = (await call('POST', `${queueUrl}/messages`, { messages })) as { messages: { id: string }[] };
    ids.push(...answer.messages.map(({ id }) => id));
  }
  return ids;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
