import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { jsonLines, runCli } from './terminal.ts';

let server: LocalRuntime;
beforeAll(async () => {
  server = await openLocalRuntime({ directory: undefined, port: 0, log: silentLog });
});
afterAll(() => server.close());

const linesOf = (text: string): number => text.split('\n').length - 1;

describe('tail', () => {
  it('prints each message once, also one that was consumed between two looks', async () => {
    await runCli(['queue', 'create', 'followed'], server);
    await runCli(['send', 'followed', 'before'], server);
    await runCli(['recv', 'followed', '--delete'], server);
    let consumed: Promise<unknown> | undefined;
    const consume = async () => {
      await runCli(['send', 'followed', 'after'], server);
      await runCli(['recv', 'followed', '--delete'], server);
      await runCli(['send', 'followed', 'last'], server);
    };

    const { code, stdout } = await runCli(['tail', 'followed', '--since', '1h', '--every', '1ms', '--json'], {
      url: server.url,
      onWrite: ({ stdout }, interrupt) => {
        if (linesOf(stdout) === 1) consumed ??= consume();
        // The archive shows a deleted message a moment later.
        if (linesOf(stdout) === 3) interrupt();
      },
    });
    await consumed;

    expect(code).toBe(130);
    expect(
      jsonLines(stdout)
        .map((one) => (one as { body: string }).body)
        .sort(),
    ).toEqual(['after', 'before', 'last']);
  });

  it('begins with messages that are sent from now on, and takes no lease', async () => {
    await runCli(['queue', 'create', 'fresh'], server);
    await runCli(['send', 'fresh', 'old'], server);
    let sent: Promise<unknown> | undefined;

    const { stdout } = await runCli(['tail', 'fresh', '--every', '1ms', '--format', '{state} {body}', '--debug'], {
      url: server.url,
      onWrite: ({ stdout, stderr }, interrupt) => {
        if (stderr.includes('/messages?')) sent ??= runCli(['send', 'fresh', 'new'], server);
        if (linesOf(stdout) === 1) interrupt();
      },
    });
    await sent;

    expect(stdout).toBe('ready new\n');
    expect((await runCli(['peek', 'fresh', '--format', '{receiveCount}'], server)).stdout).toBe('0\n0\n');
  });

  it('writes a line that does no harm on a terminal', async () => {
    await runCli(['queue', 'create', 'harmless'], server);
    await runCli(['send', 'harmless', '\u001b[2Ja\nb'], server);

    const { stdout } = await runCli(['tail', 'harmless', '--since', '1h'], {
      url: server.url,
      isTerminal: true,
      onWrite: ({ stdout }, interrupt) => {
        if (stdout !== '') interrupt();
      },
    });

    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}ready {2}[\w-]+ {2}\\x1b\[2Ja\\nb\n$/);
  });
});

describe('the past', () => {
  it('is printed in the steps that have values, and in months', async () => {
    await runCli(['queue', 'create', 'past'], server);

    const steps = await runCli(['stats', 'past', '--span', '1h'], server);
    const wrong = await runCli(['stats', 'past', '--span', '1y'], server);
    const usage = await runCli(['usage'], server);

    expect(steps).toMatchObject({ code: 0, stdout: '' });
    expect(steps.stderr).toContain('Nothing is known of past in the last 1h yet.');
    expect(wrong).toMatchObject({ code: 2 });
    expect(usage.code).toBe(0);
  });
});

describe('stats', () => {
  it('shows the counts with the moment of the reading', async () => {
    await runCli(['queue', 'create', 'counted'], server);
    await runCli(['send', 'counted', 'body'], server);

    const { code, stdout } = await runCli(['stats', 'counted'], server);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^ready\t1\nin flight\t0\n[^]*^counted\t\S+Z, exact\n$/m);
  });

  it('writes a line for each reading, with rates, until an interrupt', async () => {
    await runCli(['queue', 'create', 'watched'], server);
    const stats = ['stats', 'watched', '--watch', '--every', '5ms'];
    const untilThree = ({ stdout }: { stdout: string }, interrupt: () => void) => {
      if (linesOf(stdout) >= 3) interrupt();
    };

    const piped = await runCli([...stats, '--json'], { url: server.url, onWrite: untilThree });
    const shown = await runCli(stats, { url: server.url, isTerminal: true, onWrite: untilThree });

    expect(piped.code).toBe(130);
    expect(jsonLines(piped.stdout).at(-1)).toMatchObject({ name: 'watched', counts: { ready: 0 }, sentPerSecond: 0 });
    expect(shown.stdout).toMatch(
      /^COUNTED +READY +IN FLIGHT [^\n]* OLDEST\n(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +0 +0 [^\n]*\n){2}$/,
    );
  });
});
