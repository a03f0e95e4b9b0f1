import type { HttpEvent, HttpResult } from '../ports/http-event.ts';
import { listConsoleFiles, type ReadFile } from './console-files.ts';
import type { RestHandler } from './lambda.ts';

/** Finds the directory of the built console, and may build it first. Called for the first visit, and after failures. */
export type FindConsole = () => Promise<string>;

const HOME = '/console';
/** A kept console is found within this time; a visit that waits longer gets a page that says so. */
const PATIENCE_MS = 1_500;
/** The waiting page loads again after this. */
const RELOAD_SECONDS = 2;

/** What the page of a deployment is told: its name, and where people sign in. */
export interface PlaceOfConsole {
  readonly stage: string;
  readonly region: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Claim of a token that lists the groups of a person. */
  readonly groupsClaim: string;
  /** Further origins that the page may call, with spaces between them. */
  readonly origins: string;
}

/**
 * Scripts and styles come from this server alone, nothing is inline, and no page may frame the console. Calls go to
 * this server, and to the provider where people sign in. Images and fonts of the components are data in their styles.
 */
const policy = (origins: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src 'self'${origins === '' ? '' : ` ${origins}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const safety = (origins: string) => ({
  'content-security-policy': policy(origins),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  vary: 'accept-encoding',
});

export const isConsolePath = (path: string): boolean => path === HOME || path.startsWith(`${HOME}/`);

/** Serves the console: its files by name, and its page for every other path, which is a view of the page. */
export function consolePages(find: FindConsole, place?: PlaceOfConsole): RestHandler {
  let files: Promise<ReadonlyMap<string, ReadFile>> | undefined;
  const open = () => {
    files ??= find().then((directory) => listConsoleFiles(directory, (page) => placed(page, place)));
    files.catch(() => {
      files = undefined;
    });
    return files;
  };
  const safe = safety(place?.origins ?? '');
  const served: RestHandler = async (event) => {
    const { method } = event.requestContext.http;
    if (event.refused !== undefined) return page(403, event.refused.message);
    if (method !== 'GET' && method !== 'HEAD') return page(405, 'Only GET is allowed here.');
    try {
      const found = await within(open(), PATIENCE_MS);
      return found === 'late' ? waiting() : await answer(event, found);
    } catch (error) {
      return page(500, `The console could not be built: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return async (event, context) => {
    const result = await served(event, context);
    return { ...result, headers: { ...safe, ...result.headers } };
  };
}

/** Tells the page its place in an element without effect, which the content policy allows. */
function placed(html: string, place: PlaceOfConsole | undefined): string {
  if (place === undefined) return html;
  const content = escaped(JSON.stringify(place)).replaceAll('"', '&quot;');
  return html.replace('</head>', () => `<meta name="rewindmq-place" content="${content}"></head>`);
}

async function answer(event: HttpEvent, files: ReadonlyMap<string, ReadFile>): Promise<HttpResult> {
  const name = event.rawPath.slice(HOME.length + 1);
  const isAsset = name.startsWith('assets/');
  const read = files.get(name) ?? (isAsset ? undefined : files.get('index.html'));
  if (read === undefined) return page(404, 'The console has no such file; reload the page.');
  const file = await read();
  const headers = {
    etag: file.etag,
    // The names of assets change with their content.
    'cache-control': isAsset ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (event.headers['if-none-match'] === file.etag) return { statusCode: 304, headers, body: '' };
  const isPacked = /\bgzip\b/.test(event.headers['accept-encoding'] ?? '');
  return {
    statusCode: 200,
    headers: { ...headers, 'content-type': file.type, ...(isPacked ? { 'content-encoding': 'gzip' } : {}) },
    body: isPacked ? file.packed : file.plain,
    isBase64Encoded: true,
  };
}

const waiting = (): HttpResult => {
  const result = page(503, 'The console is being built from its sources. This takes some seconds, once.');
  return {
    ...result,
    headers: { ...result.headers, refresh: String(RELOAD_SECONDS), 'retry-after': String(RELOAD_SECONDS) },
  };
};

const page = (statusCode: number, text: string): HttpResult => ({
  statusCode,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body: `<!doctype html><meta charset="utf-8"><title>RewindMQ</title><h1>RewindMQ</h1><p>${escaped(text)}</p>`,
});

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

async function within<Value>(promise: Promise<Value>, ms: number): Promise<Value | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
