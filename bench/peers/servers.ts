import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startServerProcess } from '../../test/support/server-process.ts';
import { type Speaker, speakBeanstalk, speakRedis, speakRest, speakSqs } from './protocols.ts';

/** A measured server, and its protocol for workers. */
export interface Peer {
  readonly name: string;
  readonly speak: (port: number, queue: string) => Promise<Speaker>;
  /** @throws Error with the reason when it is not available here */
  start(port: number, directory: string): Promise<RunningPeer>;
}

export interface RunningPeer {
  readonly port: number;
  stop(): Promise<unknown>;
}

const START_MS_MAX = 30_000;

const ours = (name: string, speak: Peer['speak'], isInMemory: boolean): Peer => ({
  name,
  speak,
  start: async (_, directory) => {
    const server = await startServerProcess(isInMemory ? undefined : directory);
    return { port: Number(new URL(server.url).port), stop: () => server.stop() };
  },
});

/** Ours first: the others are reported relative to it. */
export const PEERS: readonly Peer[] = [
  ours('RewindMQ, REST, durable', speakRest, false),
  ours('RewindMQ, SQS, durable', speakSqs, false),
  ours('RewindMQ, REST, --in-memory', speakRest, true),
  ours('RewindMQ, SQS, --in-memory', speakSqs, true),
  {
    name: 'Redis Streams, fsync always',
    speak: speakRedis,
    start: (port, directory) =>
      ofDebian(
        'redis-server',
        port,
        `--port ${port} --dir ${directory} --appendonly yes --appendfsync always`.split(' '),
      ),
  },
  {
    name: 'beanstalkd, fsync always',
    speak: speakBeanstalk,
    start: (port, directory) =>
      ofDebian('beanstalkd', port, ['-l', '127.0.0.1', '-p', `${port}`, '-b', directory, '-f', '0']),
  },
  {
    name: 'fauxqs, in memory',
    speak: speakSqs,
    start: (port) => {
      const script = `import('fauxqs').then((it) => it.startFauxqs({ port: ${port}, logger: false }))`;
      return run(process.execPath, port, ['-e', script]);
    },
  },
  {
    name: 'ElasticMQ, in memory',
    speak: speakSqs,
    start: (port, directory) => {
      const jars = join(directory, 'jars');
      const copy = ['-B', '-q', '-f', 'bench/elasticmq', 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
      if (spawnSync('mvn', copy).status !== 0) throw new Error('it needs Maven and Java 17');
      return run('java', port, ['-cp', join(jars, '*'), 'bench/elasticmq/ElasticMq.java', `${port}`]);
    },
  },
];

/** A server from the Debian package of the same name, installed only if the caller allows it. */
async function ofDebian(name: string, port: number, parameters: readonly string[]): Promise<RunningPeer> {
  const isThere = () => spawnSync('which', [name]).status === 0;
  const mayInstall = process.env['INSTALL_BUILD_TOOLS'] === 'yes';
  if (!isThere() && mayInstall) spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name]);
  if (!isThere()) throw new Error(`it is not installed: apt-get install ${name}, or set INSTALL_BUILD_TOOLS=yes`);
  return await run(name, port, parameters);
}

async function run(command: string, port: number, parameters: readonly string[]): Promise<RunningPeer> {
  const child = spawn(command, parameters, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const stop = async () => child.kill() && (await ended);
  for (const until = performance.now() + START_MS_MAX; !(await isListening(port)); ) {
    if (child.exitCode !== null || performance.now() > until) {
      await stop();
      throw new Error(`${command} did not start`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { port, stop };
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** A directory of its own for a peer. */
export function directoryFor(root: string, number: number): string {
  const directory = join(root, `${number}`);
  mkdirSync(directory);
  return directory;
}
