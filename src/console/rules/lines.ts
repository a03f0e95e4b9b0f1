import type { ApiCall } from './actions.ts';
import { shellLine, shellWord } from './shell-words.ts';

/** Where the console is served, and whether calls must be signed. */
export interface Place {
  /** Like `http://127.0.0.1:4100`. */
  readonly url: string;
  readonly isKeyed: boolean;
  /** Region of a deployment, whose calls credentials of AWS sign; absent at a server on this machine. */
  readonly region?: string;
}

/** The place of the command line when nothing names one. */
const DEFAULT_URL = 'http://127.0.0.1:4100';

/** The command line that does the same; it runs as printed. */
export function cliLine(words: readonly string[], { url }: Place): string {
  return shellLine(['npx', 'rewindmq', ...(url === DEFAULT_URL ? [] : ['--url', url]), ...words]);
}

const signed = (region = 'us-east-1') => ['--aws-sigv4', `aws:amz:${region}:execute-api`];
/** In double quotes: the shell reads the key from the environment, so it is nowhere on the screen. */
const USER = '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"';
/** Temporary credentials of AWS have a token; curl leaves out a header without a value. */
const TOKEN = '-H "x-amz-security-token: $AWS_SESSION_TOKEN"';

/** The call by curl; it runs as printed. */
export function curlLine({ method, path, query = {}, body }: ApiCall, { url, isKeyed, region }: Place): string {
  const search = new URLSearchParams(query).toString();
  const target = `${url}${path}${search === '' ? '' : `?${search}`}`;
  const words = [
    'curl',
    ...(isKeyed ? [shellLine(signed(region)), USER] : []),
    ...(region === undefined ? [] : [TOKEN]),
    ...(method === (body === undefined ? 'GET' : 'POST') ? [] : [`-X ${method}`]),
    shellWord(target),
    ...(body === undefined ? [] : [`-d ${shellWord(JSON.stringify(body))}`]),
  ];
  return words.join(' ');
}
