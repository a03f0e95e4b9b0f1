import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { RewindMq } from '../../src/client/index.ts';
import { packedConsole } from '../../src/runtime/find-console.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import type { LocalOptions } from '../../src/runtime/local-options.ts';
import { launchChromium } from '../support/chromium.ts';

const ROOT = join(import.meta.dirname, '../..');
/** A busy machine takes its time. */
const ACTION_MS_MAX = 60_000;

export interface Opened {
  readonly page: Page;
  /** What the page complained of: errors of scripts, and breaches of the content policy. */
  readonly complaints: string[];
}

/** A server on this machine, its console, and a browser; all end with the tests of the file. */
export function givenConsole(options: Partial<LocalOptions> = {}) {
  let browser: Browser | undefined;
  let runtime: LocalRuntime | undefined;
  beforeAll(async () => {
    // Built before the first visit, so that no test waits for it.
    const built = execFileSync(process.execPath, [join(ROOT, 'bin/console.mjs')], { encoding: 'utf8' }).trim();
    runtime = await openLocalRuntime({ port: 0, console: packedConsole(built), ...options });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await runtime?.close();
  });
  const server = () => {
    if (runtime === undefined) throw new Error('the server is not open yet');
    return runtime;
  };
  return {
    get url() {
      return server().url;
    },
    get service() {
      return server().service;
    },
    get client() {
      return new RewindMq({ url: server().url });
    },
    /** Opens a view in a window of its own, which the test's end closes. `prepare` comes before the first visit. */
    async open(
      path: string,
      context: BrowserContextOptions = {},
      prepare: (page: Page) => Promise<void> = async () => {},
    ): Promise<Opened> {
      if (browser === undefined) throw new Error('the browser is not open yet');
      const window = await browser.newContext({ viewport: { width: 1_280, height: 900 }, ...context });
      onTestFinished(() => window.close());
      const page = await window.newPage();
      page.setDefaultTimeout(ACTION_MS_MAX);
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        // A view may ask for a queue that was just deleted; the page then says so.
        if (message.type() === 'error' && !message.text().includes('404')) complaints.push(message.text());
      });
      await prepare(page);
      await page.goto(`${server().url}/console${path}`);
      return { page, complaints };
    },
  };
}
