import { basename, dirname } from 'node:path';

/** What the server tells about itself when it has started. */
interface Started {
  readonly version: string;
  readonly url: string;
  /** The data directory; absent for a server in memory. */
  readonly data: string | undefined;
  readonly requireKeys: boolean;
  /** The environment holds a key. */
  readonly hasGivenKey: boolean;
  /** How a key is made: {@link keysCommand}. */
  readonly keysCommand: string;
}

export function greeting({ version, url, data, requireKeys, hasGivenKey, keysCommand }: Started): string {
  const prefix = hasGivenKey ? 'REWINDMQ' : 'AWS';
  const [id, secret] = [`${prefix}_ACCESS_KEY_ID`, `${prefix}_SECRET_ACCESS_KEY`];
  const curl = requireKeys ? `curl --aws-sigv4 aws:amz:local:execute-api --user "$${id}:$${secret}"` : 'curl';
  const makeKey = `${keysCommand} create --data ${data} --port ${new URL(url).port}`;
  const lines = [
    `RewindMQ ${version}, ${data === undefined ? `in memory; POST ${url}/reset empties it` : `data in ${data}`}`,
    '',
    `  REST     ${url}/queues     (described at ${url}/openapi.json)`,
    `  SQS      ${url}     (as endpoint URL of any SQS client)`,
    `  Console  ${url}/console     (see and steer queues in a browser)`,
    '',
    ...(requireKeys && data !== undefined
      ? [`Calls must be signed with an access key: ${hasGivenKey ? `that of ${id}, or ` : ''}${makeKey}`]
      : []),
    `Try it${requireKeys ? `, with the key's id and secret in ${id} and ${secret}` : ''}:`,
    `  ${curl} -X PUT ${url}/queues/first && ${curl} ${url}/queues/first/messages -d '{"messages":[{"body":"hello"}]}'`,
    '',
  ];
  return lines.join('\n');
}

/**
 * The command that makes keys, as the user can run it where `program` started the server: from a clone, from the
 * packages of a project, or from a package that is installed for all, as in the image.
 */
export function keysCommand(program: string, isPackaged: boolean): string {
  if (!isPackaged) return 'npm run keys --';
  return basename(dirname(program)) === '.bin' ? 'npx --package rewindmq rewindmq-keys' : 'rewindmq-keys';
}

/** The address at which this machine reaches a server that listens on `host`: no client can call `0.0.0.0` or `::`. */
export function urlOf(host: string, boundTo: { readonly address: string; readonly port: number }): string {
  const { address, port } = boundTo;
  const reached = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}
