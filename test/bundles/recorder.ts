import { createServer, request as forward, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Stands between a function and the engines, passes everything on, and notes what was asked for: `action on resource`,
 * in the words of IAM. It sees the wire, not our code.
 */
export class Recorder {
  readonly asked = new Set<string>();
  readonly #server: Server;

  static async open(engine: URL): Promise<Recorder> {
    const recorder = new Recorder(engine);
    await new Promise<void>((resolve) => recorder.#server.listen(0, '127.0.0.1', resolve));
    return recorder;
  }

  private constructor(engine: URL) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        for (const one of askedFor(request, body)) this.asked.add(one);
        const { method, url, headers } = request;
        const onward = forward({ host: engine.hostname, port: engine.port, method, path: url, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
        onward.on('error', () => response.destroy());
        onward.end(body);
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function askedFor(request: IncomingMessage, body: Buffer): string[] {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const action = `dynamodb:${target.split('.')[1]}`;
    return tablesOf(JSON.parse(body.toString()) as TableRequest).map((table) => `${action} on ${kindOf(table)}`);
  }
  const [, , area] = (request.url ?? '').split(/[/?]/);
  if (area === '' || area === undefined) return ['s3:ListBucket on bucket'];
  return [`s3:${S3_ACTIONS[request.method ?? ''] ?? request.method} on bucket/${area}/*`];
}

const S3_ACTIONS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
};

interface TableRequest {
  readonly TableName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
}

const tablesOf = ({ TableName, RequestItems = {} }: TableRequest): string[] =>
  TableName === undefined ? Object.keys(RequestItems) : [TableName];

/** Which cell it is depends on chance, so all of them count as one. */
const kindOf = (table: string): string => (/-cell-\d+$/.test(table) ? 'cells' : (table.split('-').at(-1) ?? table));
