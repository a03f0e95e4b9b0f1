import { connect, type Socket } from 'node:net';

/** A worker's side of a queue in any protocol: one connection, one call at a time. */
export interface Speaker {
  send(bodies: readonly string[]): Promise<void>;
  /** Handles of up to `max` messages; empty if none wait. */
  receive(max: number): Promise<readonly string[]>;
  delete(handles: readonly string[]): Promise<void>;
  close(): void;
}

/** The answer at the start of `text` and the rest after it; `undefined` while it is incomplete. */
type Cut = (text: string) => { readonly answer: string; readonly rest: string } | undefined;

/** A connection on which each request gets a number of answers, in latin1. */
class Line {
  readonly #socket: Socket;
  readonly #cut: Cut;
  #received = '';
  #answers: string[] = [];
  #waiting: { count: number; resolve: (answers: string[]) => void; reject: (error: Error) => void } | undefined;

  static async open(port: number, cut: Cut): Promise<Line> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Line(socket, cut);
  }

  private constructor(socket: Socket, cut: Cut) {
    this.#socket = socket;
    this.#cut = cut;
    socket.setEncoding('latin1').on('data', (chunk: string) => this.#take(chunk));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')));
  }

  ask(text: string, count = 1): Promise<string[]> {
    return new Promise((resolve, reject) => {
      this.#waiting = { count, resolve, reject };
      this.#socket.write(text, 'latin1');
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    this.#received += chunk;
    for (let cut = this.#cut(this.#received); cut !== undefined; cut = this.#cut(this.#received)) {
      this.#received = cut.rest;
      this.#answers.push(cut.answer);
    }
    const waiting = this.#waiting;
    if (waiting === undefined || this.#answers.length < waiting.count) return;
    this.#waiting = undefined;
    waiting.resolve(this.#answers.splice(0));
  }
}

const cutAt = (text: string, end: number) => ({ answer: text.slice(0, end), rest: text.slice(end) });

/** An answer of HTTP with a length. */
const cutHttp: Cut = (text) => {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd))?.[1] ?? 0);
  return text.length < headEnd + 4 + length ? undefined : cutAt(text, headEnd + 4 + length);
};

/** POSTs JSON. @throws Error for any answer but 200 */
async function post(line: Line, path: string, headers: string, body: object): Promise<Record<string, unknown>> {
  const text = JSON.stringify(body);
  const [answer = ''] = await line.ask(
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${headers}content-length: ${text.length}\r\n\r\n${text}`,
  );
  if (!answer.startsWith('HTTP/1.1 200')) throw new Error(`${path}: ${answer.slice(0, 200)}`);
  const json = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  return json === '' ? {} : (JSON.parse(json) as Record<string, unknown>);
}

export async function speakRest(port: number, queue: string): Promise<Speaker> {
  const line = await Line.open(port, cutHttp);
  const call = (action: string, body: object) =>
    post(line, `/queues/${queue}/${action}`, 'content-type: application/json\r\n', body);
  return {
    send: async (bodies) => void (await call('messages', { messages: bodies.map((body) => ({ body })) })),
    receive: async (max) => {
      const { messages } = await call('receive', { max });
      return (messages as { receipt: string }[]).map(({ receipt }) => receipt);
    },
    delete: async (receipts) => void (await call('delete', { receipts })),
    close: () => line.close(),
  };
}

/** Emulators read the region from it; none verifies it. */
const SQS_HEADERS =
  'content-type: application/x-amz-json-1.0\r\nauthorization: AWS4-HMAC-SHA256 ' +
  'Credential=any/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0\r\n';

async function callSqs(line: Line, action: string, body: object): Promise<Record<string, unknown>> {
  return await post(line, '/', `${SQS_HEADERS}x-amz-target: AmazonSQS.${action}\r\n`, body);
}

export async function speakSqs(port: number, queue: string): Promise<Speaker> {
  const line = await Line.open(port, cutHttp);
  const { QueueUrl } = await callSqs(line, 'CreateQueue', { QueueName: queue });
  const call = (action: string, body: object) => callSqs(line, action, { QueueUrl, ...body });
  return {
    send: async (bodies) => {
      const Entries = bodies.map((MessageBody, index) => ({ Id: `${index}`, MessageBody }));
      await (bodies.length === 1
        ? call('SendMessage', { MessageBody: bodies[0] })
        : call('SendMessageBatch', { Entries }));
    },
    receive: async (max) => {
      const { Messages = [] } = await call('ReceiveMessage', { MaxNumberOfMessages: max });
      return (Messages as { ReceiptHandle: string }[]).map(({ ReceiptHandle }) => ReceiptHandle);
    },
    delete: async (handles) => {
      const Entries = handles.map((ReceiptHandle, index) => ({ Id: `${index}`, ReceiptHandle }));
      const [ReceiptHandle] = handles;
      await (handles.length === 1 ? call('DeleteMessage', { ReceiptHandle }) : call('DeleteMessageBatch', { Entries }));
    },
    close: () => line.close(),
  };
}

/** The end of a RESP2 value, or -1. */
function endOfResp(text: string, start: number): number {
  const lineEnd = text.indexOf('\r\n', start);
  if (lineEnd === -1) return -1;
  const count = Number(text.slice(start + 1, lineEnd));
  if (text[start] === '$')
    return count === -1 ? lineEnd + 2 : lineEnd + 4 + count <= text.length ? lineEnd + 4 + count : -1;
  let end = lineEnd + 2;
  if (text[start] !== '*') return end;
  for (let item = 0; item < count && end !== -1; item++) end = endOfResp(text, end);
  return end;
}

const cutResp: Cut = (text) => {
  const end = text === '' ? -1 : endOfResp(text, 0);
  return end === -1 ? undefined : cutAt(text, end);
};

const resp = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

const STREAM_ID = /\$\d+\r\n(\d+-\d+)\r\n/g;

/** A stream and a consumer group: an acked entry is also deleted, as in a queue. */
export async function speakRedis(port: number, queue: string): Promise<Speaker> {
  const line = await Line.open(port, cutResp);
  const ask = async (commands: readonly string[]): Promise<readonly string[]> => {
    const answers = await line.ask(commands.join(''), commands.length);
    const refused = answers.find((answer) => answer.startsWith('-') && !answer.startsWith('-BUSYGROUP'));
    if (refused !== undefined) throw new Error(refused);
    return answers;
  };
  await ask([resp('XGROUP', 'CREATE', queue, 'workers', '$', 'MKSTREAM')]);
  return {
    send: async (bodies) => void (await ask(bodies.map((body) => resp('XADD', queue, '*', 'body', body)))),
    receive: async (max) => {
      const read = resp('XREADGROUP', 'GROUP', 'workers', 'one', 'COUNT', `${max}`, 'STREAMS', queue, '>');
      const [answer = ''] = await ask([read]);
      return [...answer.matchAll(STREAM_ID)].map(([, id = '']) => id);
    },
    delete: async (ids) => void (await ask([resp('XACK', queue, 'workers', ...ids), resp('XDEL', queue, ...ids)])),
    close: () => line.close(),
  };
}

const cutBeanstalk: Cut = (text) => {
  const lineEnd = text.indexOf('\r\n');
  if (lineEnd === -1) return undefined;
  const bytes = /^RESERVED \d+ (\d+)/.exec(text)?.[1];
  const end = bytes === undefined ? lineEnd + 2 : lineEnd + 4 + Number(bytes);
  return text.length < end ? undefined : cutAt(text, end);
};

/** A batch is several calls that do not wait for each other's answers. */
export async function speakBeanstalk(port: number, queue: string): Promise<Speaker> {
  const line = await Line.open(port, cutBeanstalk);
  await line.ask(`use ${queue}\r\nwatch ${queue}\r\n`, 2);
  return {
    send: async (bodies) => {
      const puts = bodies.map((body) => `put 0 0 120 ${body.length}\r\n${body}\r\n`);
      await line.ask(puts.join(''), puts.length);
    },
    receive: async (max) => {
      const answers = await line.ask('reserve-with-timeout 0\r\n'.repeat(max), max);
      return answers.flatMap((answer) => /^RESERVED (\d+)/.exec(answer)?.[1] ?? []);
    },
    delete: async (ids) => void (await line.ask(ids.map((id) => `delete ${id}\r\n`).join(''), ids.length)),
    close: () => line.close(),
  };
}
