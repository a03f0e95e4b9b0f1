import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished, vi } from 'vitest';
import { isSignedWith, readSignature } from '../../../src/runtime/signature.ts';

const SECRET = 'the secret of the server';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer of AWS: status, headers and body; or a connection that breaks, or stays silent. */
export type Scripted =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'hangsUp'
  | 'silent';

/** A service of AWS that answers by a script, its last line again and again; credentials are in the environment. */
export async function givenAws(...script: [Scripted, ...Scripted[]]) {
  const asked: Asked[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    asked.push({ method: request.method ?? '', path, query, headers: request.headers, body: await buffer(request) });
    const next = (script.length > 1 ? script.shift() : script[0]) ?? 'silent';
    if (next === 'hangsUp') response.destroy();
    else if (next !== 'silent') response.writeHead(next.status, next.headers).end(next.body);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'KEYOFTHESERVER');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', origin);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    vi.unstubAllEnvs();
  });
  return { asked, origin };
}

/** The service and region that a request is signed for, if its signature is right. */
export async function signedFor(asked: Asked | undefined): Promise<string> {
  if (asked === undefined) return 'nothing was asked';
  const request = { ...asked, headers: asked.headers as Record<string, string> };
  const claim = readSignature(request);
  if (typeof claim === 'string') return claim;
  return (await isSignedWith(request, claim, SECRET)) ? `${claim.service} in ${claim.region}` : 'a wrong signature';
}
