import { WrongUse } from './exit-codes.ts';

/** Where calls go, and how that was decided. */
export interface Place {
  readonly url: string;
  /** What named the address. */
  readonly source: string;
  readonly context?: string;
  readonly sign: 'auto' | 'none' | 'key' | 'aws';
  readonly profile?: string;
  readonly region?: string;
  readonly isProduction: boolean;
}

interface Named {
  readonly url: string;
  readonly sign?: Place['sign'];
  readonly profile?: string;
  readonly region?: string;
  readonly isProduction?: true;
}

interface Given {
  readonly options: { readonly url?: string; readonly context?: string };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Called only where a context may decide, because its file may be unreadable. */
  readonly known: () => Known;
}

interface Known {
  readonly current?: string | undefined;
  readonly contexts: Readonly<Record<string, Named>>;
}

export const LOCAL_URL = 'http://127.0.0.1:4100';

/**
 * Options win over the environment, the environment over the current context, and that over this machine.
 *
 * @throws WrongUse
 */
export function placeOf({ options, environment, known }: Given): Place {
  const { REWINDMQ_URL: url, REWINDMQ_CONTEXT: name } = environment;
  if (options.url !== undefined && options.context !== undefined) {
    throw new WrongUse('--url and --context both name a place; leave one of them out.');
  }
  if (options.url !== undefined) return atUrl(options.url, '--url');
  if (options.context !== undefined) return inContext(options.context, '--context', known());
  if (url) return atUrl(url, 'REWINDMQ_URL');
  if (name) return inContext(name, 'REWINDMQ_CONTEXT', known());
  const contexts = known();
  if (contexts.current !== undefined) return inContext(contexts.current, 'the current context', contexts);
  return atUrl(LOCAL_URL, 'the default');
}

function inContext(name: string, source: string, { contexts }: Known): Place {
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (context === undefined) {
    throw new WrongUse(`There is no context "${name}" (${source}); \`rewindmq context ls\` lists them.`);
  }
  const { url, sign = 'auto', isProduction = false, ...more } = context;
  return { ...more, url: checkedUrl(url, `context ${name}`), source, context: name, sign, isProduction };
}

const atUrl = (url: string, source: string): Place => ({
  url: checkedUrl(url, source),
  source,
  sign: 'auto',
  isProduction: false,
});

/** @throws WrongUse */
export function checkedUrl(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return text;
  throw new WrongUse(`"${text}" (${source}) is no address; it begins with http:// or https:// and holds no password.`);
}

/** How the calls to a place are signed: `auto` takes a key of the environment, nothing on this machine, else IAM. */
export function signingOf(
  { url, sign }: Pick<Place, 'url' | 'sign'>,
  { REWINDMQ_ACCESS_KEY_ID: keyId }: Readonly<Record<string, string | undefined>>,
): 'none' | 'key' | 'aws' {
  if (sign !== 'auto') return sign;
  if (keyId) return 'key';
  return isLoopback(new URL(url).hostname) ? 'none' : 'aws';
}

const isLoopback = (host: string): boolean => /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(host);
