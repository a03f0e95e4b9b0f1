import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** The quota of an account that has existed for some time. */
const PROCESSES = 1_000;
const ACCOUNT_SETTINGS = {
  AccountLimit: { ConcurrentExecutions: PROCESSES, UnreservedConcurrentExecutions: PROCESSES },
};

/** What CloudFormation says of a stack. */
export interface StackAnswer {
  readonly state: string;
  readonly isTerminationProtected: boolean;
}

/** The engine as an account of AWS: it answers what the engine does not know, and hands over everything else. */
export class Account {
  readonly #server: Server;

  /** @param stackNamed - the state of a stack that was deployed or failed */
  static async open(engine: string, stackNamed: (name: string) => StackAnswer | undefined): Promise<Account> {
    const account = new Account(engine, stackNamed);
    await new Promise<void>((resolve) => account.#server.listen(0, '127.0.0.1', resolve));
    return account;
  }

  private constructor(engine: string, stackNamed: (name: string) => StackAnswer | undefined) {
    this.#server = createServer(async (request, response) => {
      const body = await buffer(request);
      const asked = new URLSearchParams(body.toString());
      const stack = asked.get('Action') === 'DescribeStacks' ? stackNamed(asked.get('StackName') ?? '') : undefined;
      if (request.url?.endsWith('/account-settings') === true) response.end(JSON.stringify(ACCOUNT_SETTINGS));
      else if (stack !== undefined) response.end(describing(stack));
      else {
        const { host, connection, 'content-length': length, ...headers } = request.headers;
        const answer = await fetch(engine + request.url, {
          method: request.method ?? 'GET',
          headers: headers as Record<string, string>,
          ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
        });
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
        response.end(Buffer.from(await answer.arrayBuffer()));
      }
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

const describing = ({ state, isTerminationProtected }: StackAnswer): string =>
  `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
  <member><StackName>-</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>${state}</StackStatus>
  <EnableTerminationProtection>${isTerminationProtected}</EnableTerminationProtection></member>
  </Stacks></DescribeStacksResult></DescribeStacksResponse>`;
