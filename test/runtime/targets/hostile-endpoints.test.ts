import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CallEnd, verdictOn } from '../../../src/model/push/index.ts';
import { HttpsExchange } from '../../../src/runtime/targets/https-exchange.ts';
import { type Behaviour, CERTIFICATE, givenEndpoint, givenSender, givenTlsEndpoint, post } from './endpoint.ts';

/** Sends to an endpoint that behaves so; limits on time are short, because these endpoints exhaust them. */
async function sendTo(behave: Behaviour, timeoutMs = 60_000) {
  const endpoint = await givenEndpoint(behave);
  const origin = `http://127.0.0.1:${endpoint.port}`;
  const sender = givenSender({ allowedOrigins: [origin], bodyMs: 100 });
  const answer = await sender.send(post(`${origin}/orders`, { timeoutMs }));
  return { answer, seen: endpoint.seen };
}

const OK = 'HTTP/1.1 200 OK\r\n';
const writeForever = (socket: Socket, text: string) => {
  const write = () => {
    while (socket.writable && socket.write(text));
  };
  socket.on('drain', write);
  write();
};

describe('an endpoint that behaves badly', () => {
  it.each<[what: string, behave: Behaviour, end: CallEnd]>([
    [
      'answers without end',
      (socket) => writeForever(socket, `${OK}transfer-encoding: chunked\r\n\r\n`),
      { kind: 'answerCut' },
    ],
    [
      'answers chunks without end',
      (socket) => {
        socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
        writeForever(socket, `10000\r\n${'x'.repeat(65_536)}\r\n`);
      },
      { kind: 'answerCut' },
    ],
    [
      'answers headers without end',
      (socket) => writeForever(socket, `${OK}a: ${'x'.repeat(1_000)}\r\n`),
      { kind: 'answerCut' },
    ],
    [
      'answers a byte now and then',
      (socket) => {
        socket.write(`${OK}content-length: 1000000\r\n\r\n`);
        const drip = setInterval(() => socket.write('x'), 10);
        socket.on('close', () => clearInterval(drip));
      },
      { kind: 'answerCut' },
    ],
    [
      'breaks off in its answer',
      (socket) => socket.end(`${OK}content-length: 100\r\n\r\nhello`),
      { kind: 'answerCut' },
    ],
    [
      'breaks off in a chunk',
      (socket) => socket.end(`${OK}transfer-encoding: chunked\r\n\r\nff\r\nhello`),
      { kind: 'answerCut' },
    ],
    ['breaks off in its headers', (socket) => socket.end('HTTP/1.1 200 OK\r\ncont'), { kind: 'answerCut' }],
    ['ends the connection without an answer', (socket) => socket.end(), { kind: 'answerCut' }],
    ['resets the connection', (socket) => socket.resetAndDestroy(), { kind: 'answerCut' }],
    ['speaks no HTTP', (socket) => socket.end('220 mail.example.com ESMTP\r\n'), { kind: 'answerCut' }],
    [
      'switches protocols',
      (socket) => socket.end('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      { kind: 'answerCut' },
    ],
    [
      'has two lengths',
      (socket) => socket.end(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`),
      { kind: 'answerCut' },
    ],
  ])('leaves it unclear what became of the messages when it %s', async (_what, behave, end) => {
    const { answer } = await sendTo(behave);

    expect(answer).toEqual({ end });
    expect(verdictOn(answer.end)).toBe('unclear');
  });

  it('has run out of time when it never answers, even if it announces an answer again and again', async () => {
    const silent = await sendTo(() => {}, 100);
    const promising = await sendTo((socket) => writeForever(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'), 100);

    expect([silent.answer, promising.answer]).toEqual([{ end: { kind: 'timedOut' } }, { end: { kind: 'timedOut' } }]);
  });

  it.each(['http://169.254.169.254/latest/meta-data/', 'http://127.0.0.1:9001/', '/elsewhere', '//localhost'])(
    'is not followed to %s',
    async (location) => {
      const { answer, seen } = await sendTo((socket) => {
        socket.write(`HTTP/1.1 307 Temporary Redirect\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`);
      });

      expect(answer).toEqual({ end: { kind: 'status', status: 307 } });
      expect(verdictOn(answer.end)).toBe('target');
      expect(seen).toMatchObject({ connections: 1, requests: [expect.stringContaining('POST /orders ') as string] });
    },
  );

  it('is told by its status alone when that is a refusal, whatever its body', async () => {
    const { answer } = await sendTo((socket) =>
      writeForever(socket, 'HTTP/1.1 500 No\r\ncontent-length: 9999999\r\n\r\n'),
    );

    expect(answer).toEqual({ end: { kind: 'status', status: 500 } });
  });
});

describe('an address that must not be called', () => {
  it.each([
    'https://127.0.0.1/',
    'https://127.0.0.1:9001/',
    'http://127.0.0.1:9001/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[64:ff9b::169.254.169.254]/',
    'https://[2002:7f00:1::]/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://0/',
    'https://169.254.169.254/latest/meta-data/',
    'https://example.com:8443/',
    'http://example.com/',
    'https://user:secret@example.com/',
    'https://user@example.com/',
    'https://api.rewindmq.example./',
    'https://API.rewindmq.example/',
    'file:///etc/passwd',
    'ftp://example.com/',
    'javascript:1',
    'example.com',
    '',
  ])('is refused before any name is resolved: %s', async (url) => {
    const resolved: string[] = [];
    const resolve = async (host: string) => {
      resolved.push(host);
      return ['93.184.215.14'];
    };
    const sender = givenSender({ resolve, refusedHosts: ['api.rewindmq.example'] });

    expect(await sender.send(post(url))).toEqual({ end: { kind: 'addressRefused' } });
    expect(resolved).toEqual([]);
  });

  it.each([[['127.0.0.1']], [['93.184.215.14', '10.0.0.7']], [['2606:2800:21f::1', '::1']]])(
    'is refused when a name has it: %s',
    async (addresses) => {
      const sender = givenSender({ resolve: async () => addresses });

      expect(await sender.send(post('https://example.com/'))).toEqual({ end: { kind: 'addressRefused' } });
    },
  );

  it('is refused when another call resolves to it: names are resolved once for each call', async () => {
    const endpoint = await givenEndpoint((socket) => socket.end(`${OK}content-length: 0\r\n\r\n`));
    const origin = `http://endpoint.test:${endpoint.port}`;
    const answers = [['127.0.0.1'], ['10.0.0.7']];
    const asked: string[] = [];
    const resolve = async (host: string) => answers[asked.push(host) - 1] ?? [];
    const allowing = givenSender({ resolve, allowedOrigins: [origin] });

    // A second look would lead to 10.0.0.7.
    expect(await allowing.send(post(origin))).toMatchObject({ end: { kind: 'status', status: 200 } });
    expect(asked).toEqual(['endpoint.test']);
    expect(await givenSender({ resolve }).send(post('https://endpoint.test'))).toEqual({
      end: { kind: 'addressRefused' },
    });
    expect(asked).toEqual(['endpoint.test', 'endpoint.test']);
  });

  it('gets no request when the connection leads there in spite of all checks', async () => {
    const endpoint = await givenEndpoint(() => {});
    const checked: string[] = [];
    const isCallable = (address: string) => {
      checked.push(address);
      return false;
    };
    const sending = { agent: new Agent(), addresses: ['127.0.0.1'], isCallable, connectMs: 60_000, bodyMs: 60_000 };

    const answer = await new HttpsExchange(post(`http://endpoint.test:${endpoint.port}`), sending).answer(60_000);

    expect(answer).toEqual({ end: { kind: 'addressRefused' } });
    expect(checked).toEqual(['127.0.0.1']);
    expect(endpoint.seen.requests).toEqual([]);
  });
});

describe('an endpoint that cannot be reached', () => {
  it('is at fault when its name has no address, or none comes in time', async () => {
    const failing = givenSender({ resolve: async () => await Promise.reject(new Error('ENOTFOUND')) });
    const silent = givenSender({ resolve: async () => await new Promise(() => {}), connectMs: 10 });

    for (const sender of [failing, silent]) {
      const { end } = await sender.send(post('https://example.com/'));
      expect(end).toEqual({ kind: 'nameNotResolved' });
      expect(verdictOn(end)).toBe('target');
    }
  });

  it('is at fault a thousand times when it refuses connections', async () => {
    // Nothing listens on port 1.
    const origin = 'http://127.0.0.1:1';
    const sender = givenSender({ allowedOrigins: [origin] });

    const answers = await Promise.all(Array.from({ length: 1_000 }, () => sender.send(post(origin))));

    expect(new Set(answers.map(({ end }) => end.kind))).toEqual(new Set(['notConnected']));
    expect(verdictOn({ kind: 'notConnected' })).toBe('target');
  });

  it('is at fault when its certificate has another name or an unknown signer', async () => {
    const { port, seen } = await givenTlsEndpoint((socket) => socket.end(`${OK}content-length: 0\r\n\r\n`));
    const origins = [`https://endpoint.test:${port}`, `https://other.test:${port}`];
    const options = { allowedOrigins: origins, resolve: async () => ['127.0.0.1'] };
    const knowing = givenSender({ ...options, ca: CERTIFICATE });
    const unknowing = givenSender(options);

    const ends = [];
    for (const sender of [knowing, unknowing]) for (const url of origins) ends.push((await sender.send(post(url))).end);

    const tlsFailed = { kind: 'tlsFailed' };
    expect(ends).toEqual([{ kind: 'status', status: 200 }, tlsFailed, tlsFailed, tlsFailed]);
    expect(seen.requests).toHaveLength(1);
    expect(verdictOn({ kind: 'tlsFailed' })).toBe('target');
  });

  it('is at fault when its certificate is wrong, even where the environment would let that pass', async () => {
    // Node warns of this setting, which is meant here.
    vi.spyOn(process, 'emitWarning').mockReturnValue();
    onTestFinished(() => void vi.restoreAllMocks());
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const { port } = await givenTlsEndpoint((socket) => socket.end(`${OK}content-length: 0\r\n\r\n`));
    const origin = `https://endpoint.test:${port}`;
    const sender = givenSender({ allowedOrigins: [origin], resolve: async () => ['127.0.0.1'] });
    try {
      expect(await sender.send(post(origin))).toEqual({ end: { kind: 'tlsFailed' } });
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  it('is at fault when it accepts connections and never answers the handshake', async () => {
    const { port } = await givenEndpoint(() => {});
    const origin = `https://127.0.0.1:${port}`;
    const sender = givenSender({ allowedOrigins: [origin], connectMs: 100 });

    expect(await sender.send(post(origin))).toEqual({ end: { kind: 'tlsFailed' } });
  });
});
