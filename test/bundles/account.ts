import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** The quota of an account that has existed for some time. */
const PROCESSES = 1_000;
const ACCOUNT_SETTINGS = JSON.stringify({
  AccountLimit: { ConcurrentExecutions: PROCESSES, UnreservedConcurrentExecutions: PROCESSES },
});

/** What CloudFormation says of a stack. */
export interface StackAnswer {
  readonly state: string;
  readonly isTerminationProtected: boolean;
}

type StackNamed = (name: string) => StackAnswer | undefined;

/** The engine as an account of AWS: it answers what the engine does not know, and hands over everything else. */
export class Account {
  readonly #engine: string;
  readonly #stackNamed: StackNamed;
  readonly #server: Server;

  /** @param stackNamed - the state of a stack that was deployed or failed */
  static async open(engine: string, stackNamed: StackNamed): Promise<Account> {
    const account = new Account(engine, stackNamed);
    await new Promise<void>((resolve) => account.#server.listen(0, '127.0.0.1', resolve));
    return account;
  }

  private constructor(engine: string, stackNamed: StackNamed) {
    this.#engine = engine;
    this.#stackNamed = stackNamed;
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
        () => response.destroy(),
      );
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { method = 'GET', url = '/', headers } = request;
    const body = await buffer(request);
    if (url.endsWith('/account-settings')) return { status: 200, type: JSON_TYPE, body: ACCOUNT_SETTINGS };
    const asked = new URLSearchParams(body.toString());
    const stack = asked.get('Action') === 'DescribeStacks' ? this.#stackNamed(asked.get('StackName') ?? '') : undefined;
    if (stack !== undefined) return { status: 200, type: 'text/xml', body: describing(stack) };
    const passed = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
    const answer = await fetch(this.#engine + url, {
      method,
      headers: Object.fromEntries(passed.map(([name, value]) => [name, String(value)])),
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    const type = answer.headers.get('content-type') ?? '';
    return { status: answer.status, type, body: Buffer.from(await answer.arrayBuffer()) };
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

const JSON_TYPE = 'application/json';
const OF_THE_CONNECTION = ['host', 'connection', 'content-length'];

const describing = ({ state, isTerminationProtected }: StackAnswer): string =>
  `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
  <member><StackName>-</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>${state}</StackStatus>
  <EnableTerminationProtection>${isTerminationProtected}</EnableTerminationProtection></member>
  </Stacks></DescribeStacksResult></DescribeStacksResponse>`;
