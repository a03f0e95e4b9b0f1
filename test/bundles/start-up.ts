import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import type { DeployedFunction } from './assembly.ts';

/** The place of the runtime client, from `.ci/with-lambda`. */
const RUNTIME_CLIENT = process.env['LAMBDA_RUNTIME_CLIENT'] ?? '';

export interface StartUp {
  /** From the start of the process to its first call to the platform: Node, the runtime client, loading the bundle. */
  readonly tookMs: number;
  /** Why it does not start; absent when it asked for work. */
  readonly failure?: string;
}

/** Starts a function like Lambda, and ends it when it asks for work or reports that it cannot. */
export const startUp = ({ folder, handler, environment }: DeployedFunction): Promise<StartUp> =>
  start([RUNTIME_CLIENT, handler], folder, { ...environment, LAMBDA_TASK_ROOT: folder });

/** Starts Node with only the same first call: the time any function would take on this machine, at this moment. */
export const startBare = (): Promise<StartUp> => {
  const firstCall = 'http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/next';
  return start(['-e', `require('node:http').get(\`${firstCall}\`).on('error', () => {})`], tmpdir(), {});
};

function start(
  args: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<StartUp> {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      const tookMs = performance.now() - startedMs;
      const isReady = request.url?.endsWith('/invocation/next') === true;
      const end = (outcome: StartUp) => {
        started.kill('SIGKILL');
        response.destroy();
        server.close();
        resolve(outcome);
      };
      if (isReady) end({ tookMs });
      else
        textOf(request).then(
          (failure) => end({ tookMs, failure }),
          () => end({ tookMs, failure: '' }),
        );
    });
    let startedMs = 0;
    let started: ReturnType<typeof spawn>;
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      startedMs = performance.now();
      started = spawn(process.execPath, args, {
        cwd: folder,
        stdio: 'ignore',
        env: {
          ...environment,
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
          AWS_REGION: 'us-east-1',
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        },
      });
    });
  });
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
