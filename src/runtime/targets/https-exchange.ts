import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { TARGET_ANSWER_BYTES_MAX } from '../../model/limits.ts';
import type { CallFailure } from '../../model/push/index.ts';
import type { PushAnswer } from '../../ports/push-target.ts';
import { hostOf } from './https-address.ts';

/** A request to send as it is: it is signed. */
export interface HttpsPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The whole exchange ends after this. */
  readonly timeoutMs: number;
}

/** How a request is sent. */
export interface Sending {
  readonly agent: https.Agent | http.Agent;
  /** The addresses that the host resolved to. It is not resolved again. */
  readonly addresses: readonly string[];
  /** Whether a connection to the address may be used; asked for the one that was made. */
  readonly isCallable: (address: string) => boolean;
  /** From the first packet to the end of the TLS handshake. */
  readonly connectMs: number;
  /** From the head of the answer to its end. */
  readonly bodyMs: number;
}

type Phase = 'connecting' | 'securing' | 'answering' | 'reading';

/** The outcome of an exchange that fails or times out in a phase. */
const ENDS: Readonly<Record<Phase, { readonly failed: CallFailure; readonly late: CallFailure }>> = {
  connecting: { failed: 'notConnected', late: 'notConnected' },
  securing: { failed: 'tlsFailed', late: 'tlsFailed' },
  answering: { failed: 'answerCut', late: 'timedOut' },
  reading: { failed: 'answerCut', late: 'answerCut' },
};

/** One request and its answer. Redirects are not followed, and no proxy is used. */
export class HttpsExchange {
  readonly #sending: Sending;
  readonly #isTls: boolean;
  readonly #request: ClientRequest;
  readonly #answered: Promise<PushAnswer>;
  #resolve: (answer: PushAnswer) => void = () => {};
  #phase: Phase = 'connecting';
  #phaseTimer: NodeJS.Timeout | undefined;

  constructor(post: HttpsPost, sending: Sending) {
    const url = new URL(post.url);
    this.#sending = sending;
    this.#isTls = url.protocol === 'https:';
    this.#answered = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#request = (this.#isTls ? https : http).request({
      method: 'POST',
      hostname: hostOf(url),
      port: url.port === '' ? (this.#isTls ? 443 : 80) : Number(url.port),
      path: url.pathname + url.search,
      headers: { ...post.headers, 'content-length': Buffer.byteLength(post.body) },
      agent: sending.agent,
      lookup: lookupOf(sending.addresses),
    });
    this.#request.on('socket', (socket) => this.#watch(socket));
    this.#request.on('response', (response) => this.#read(response));
    this.#request.on('error', () => this.#fail('failed'));
    // Without an error after an answer that switches protocols.
    this.#request.on('close', () => this.#fail('failed'));
    this.#request.end(post.body);
  }

  /** Never rejects. */
  async answer(timeoutMs: number): Promise<PushAnswer> {
    const timer = setTimeout(() => this.#fail('late'), timeoutMs);
    this.#limitPhase(this.#sending.connectMs);
    try {
      return await this.#answered;
    } finally {
      clearTimeout(timer);
      clearTimeout(this.#phaseTimer);
    }
  }

  #watch(socket: Socket): void {
    if (!socket.connecting) {
      // A connection of an earlier call.
      if (this.#mayUse(socket)) this.#beginAnswer();
      return;
    }
    socket.once('connect', () => {
      if (!this.#mayUse(socket)) return;
      if (this.#isTls) this.#phase = 'securing';
      else this.#beginAnswer();
    });
    socket.once('secureConnect', () => this.#beginAnswer());
  }

  #mayUse({ remoteAddress }: Socket): boolean {
    if (remoteAddress !== undefined && this.#sending.isCallable(remoteAddress)) return true;
    this.#end({ end: { kind: remoteAddress === undefined ? 'notConnected' : 'addressRefused' } });
    return false;
  }

  #beginAnswer(): void {
    this.#phase = 'answering';
    clearTimeout(this.#phaseTimer);
  }

  #read(response: IncomingMessage): void {
    const status = response.statusCode ?? 0;
    this.#phase = 'reading';
    // The status alone decides the outcome.
    if (status < 200 || status >= 300) return this.#end({ end: { kind: 'status', status } });
    this.#limitPhase(this.#sending.bodyMs);
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > TARGET_ANSWER_BYTES_MAX) this.#fail('failed');
      else chunks.push(chunk);
    });
    response.on('error', () => this.#fail('failed'));
    response.on('close', () => this.#fail('failed'));
    response.on('end', () => {
      if (response.complete) this.#resolve({ end: { kind: 'status', status }, text: Buffer.concat(chunks).toString() });
    });
  }

  #limitPhase(ms: number): void {
    this.#phaseTimer = setTimeout(() => this.#fail('late'), ms);
  }

  #fail(how: 'failed' | 'late'): void {
    this.#end({ end: { kind: ENDS[this.#phase][how] } });
  }

  /** Only the first answer counts. */
  #end(answer: PushAnswer): void {
    this.#resolve(answer);
    this.#request.destroy();
  }
}

function lookupOf(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    if (options.all === true) return callback(null, all);
    const [first] = all;
    return callback(null, first?.address ?? '', first?.family);
  };
}
