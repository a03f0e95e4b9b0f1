import { connect, type Socket } from 'node:net';

const HEADERS_END = Buffer.from('\r\n\r\n');
const NO_BYTES = Buffer.alloc(0);

/** A POST of JSON in its wire form. */
export function encodePost(path: string, body: string): Buffer {
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
  return Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/**
 * One keep-alive connection with one request at a time. It supports only a little of HTTP to stay cheap: answers have a
 * length, and any status but 200 is an error.
 */
export class HttpConnection {
  readonly #socket: Socket;
  #received: Buffer = NO_BYTES;
  #waiting: { resolve(body: Buffer): void; reject(error: Error): void } | undefined;

  static async open(port: number): Promise<HttpConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new HttpConnection(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')));
  }

  /** Sends a request and resolves with the body of its answer. */
  request(bytes: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(bytes);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headersEnd = this.#received.indexOf(HEADERS_END);
    if (headersEnd === -1) return;
    const headers = this.#received.toString('latin1', 0, headersEnd + 2).toLowerCase();
    const lengthAt = headers.indexOf('\r\ncontent-length:');
    const length = Number.parseInt(headers.slice(lengthAt + '\r\ncontent-length:'.length), 10);
    const bodyStart = headersEnd + HEADERS_END.length;
    if (this.#received.length < bodyStart + length) return;
    const body = this.#received.subarray(bodyStart, bodyStart + length);
    this.#received = NO_BYTES;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (headers.startsWith('http/1.1 200 ')) waiting?.resolve(body);
    else waiting?.reject(new Error(`${headers.slice(0, headers.indexOf('\r\n'))}: ${body.toString()}`));
  }
}
