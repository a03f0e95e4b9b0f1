import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers recorded from the real server, by their number of messages. */
export interface FloorAnswers {
  readonly send: Readonly<Record<number, unknown>>;
  readonly receive: Readonly<Record<number, unknown>>;
  readonly delete: Readonly<Record<number, unknown>>;
}

interface FloorRequest {
  readonly messages?: readonly unknown[];
  readonly receipts?: readonly unknown[];
  readonly max?: number;
}

/** The minimum of a server for this API: read the body, parse it, and send an answer of the same fields and size. */
function serve(answers: FloorAnswers): void {
  const server = createServer((request, response) => {
    readBody(request, (text) => {
      const { messages, receipts, max = 0 } = JSON.parse(text) as FloorRequest;
      const answer =
        messages === undefined
          ? receipts === undefined
            ? answers.receive[max]
            : answers.delete[receipts.length]
          : answers.send[messages.length];
      const body = JSON.stringify(answer);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

function readBody(request: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => done(Buffer.concat(chunks).toString()));
}

process.once('message', serve);
