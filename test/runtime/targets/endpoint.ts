import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { type HttpsPost, HttpsSender } from '../../../src/runtime/targets/index.ts';

/** What an endpoint does with a connection once a request has come. */
export type Behaviour = (socket: Socket, request: string) => void;

export interface Endpoint {
  readonly port: number;
  /** The connections that were made, and the requests that came over them. */
  readonly seen: { connections: number; readonly requests: string[] };
}

/** For `endpoint.test`, signed by itself and valid for a hundred years. */
const [key, cert] = ['key.pem', 'certificate.pem'].map((name) =>
  readFileSync(join(import.meta.dirname, 'tls', name), 'utf8'),
);
export const CERTIFICATE = cert ?? '';

/** An endpoint on this machine that speaks no HTTP by itself; it ends with the test. */
export async function givenEndpoint(behave: Behaviour): Promise<Endpoint> {
  return await listening(createServer(), 'connection', behave);
}

/** The same behind TLS, as `endpoint.test`. */
export async function givenTlsEndpoint(behave: Behaviour): Promise<Endpoint> {
  return await listening(createTlsServer({ key, cert }), 'secureConnection', behave);
}

async function listening(server: Server, event: string, behave: Behaviour): Promise<Endpoint> {
  const seen = { connections: 0, requests: [] as string[] };
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    seen.connections++;
    sockets.add(socket);
  });
  server.on('tlsClientError', () => {});
  server.on(event, (socket: Socket | TLSSocket) => {
    socket.on('error', () => {});
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString();
      const length = /content-length: (\d+)/i.exec(received)?.[1];
      const head = received.indexOf('\r\n\r\n') + 4;
      if (head < 4 || Buffer.byteLength(received.slice(head)) < Number(length)) return;
      seen.requests.push(received);
      behave(socket, received);
      received = '';
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

/** A sender that ends with the test. */
export function givenSender(options: ConstructorParameters<typeof HttpsSender>[0]): HttpsSender {
  const sender = new HttpsSender(options);
  onTestFinished(() => sender.close());
  return sender;
}

export const post = (url: string, fields: Partial<HttpsPost> = {}): HttpsPost => ({
  url,
  headers: { 'content-type': 'application/json' },
  body: '{"Records":[]}',
  timeoutMs: 60_000,
  ...fields,
});
