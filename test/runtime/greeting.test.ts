import { describe, expect, it } from 'vitest';
import { greeting, keysCommand, urlOf } from '../../src/runtime/greeting.ts';

describe('the address of a server', () => {
  it.each([
    ['0.0.0.0', '0.0.0.0', 'http://127.0.0.1:4100'],
    ['0', '0.0.0.0', 'http://127.0.0.1:4100'],
    ['::', '::', 'http://[::1]:4100'],
    ['::1', '::1', 'http://[::1]:4100'],
    ['localhost', '127.0.0.1', 'http://localhost:4100'],
    ['10.1.2.3', '10.1.2.3', 'http://10.1.2.3:4100'],
  ])('that listens on %s is one that a client can call', (host, address, url) => {
    expect(urlOf(host, { address, port: 4100 })).toBe(url);
  });
});

describe('what a server tells when it has started', () => {
  const started = {
    version: '1.2.3',
    url: 'http://127.0.0.1:4100',
    data: '/data',
    requireKeys: true,
    hasGivenKey: false,
    keysCommand: 'rewindmq-keys',
  };

  it('names the command that makes a key, and signs with what it prints', () => {
    const text = greeting(started);

    expect(text).toContain('rewindmq-keys create --data /data --port 4100');
    expect(text).toContain(
      '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -X PUT http://127.0.0.1:4100/queues/first',
    );
  });

  it('signs with the key of the environment if there is one', () => {
    expect(greeting({ ...started, hasGivenKey: true })).toContain(
      '--user "$REWINDMQ_ACCESS_KEY_ID:$REWINDMQ_SECRET_ACCESS_KEY" -X PUT',
    );
  });

  it('signs nothing where no keys are required', () => {
    const text = greeting({ ...started, requireKeys: false, data: undefined });

    expect(text).toContain('in memory; POST http://127.0.0.1:4100/reset empties it');
    expect(text).toContain('  curl -X PUT http://127.0.0.1:4100/queues/first');
    expect(text).not.toMatch(/key/i);
  });
});

it.each([
  ['/home/me/rewindmq/bin/start.mjs', false, 'npm run keys --'],
  ['/home/me/project/node_modules/.bin/rewindmq', true, 'npx --package rewindmq rewindmq-keys'],
  ['/usr/local/bin/rewindmq', true, 'rewindmq-keys'],
])('a server that was started as %s names the command for keys that is there', (program, isPackaged, command) => {
  expect(keysCommand(program, isPackaged)).toBe(command);
});
