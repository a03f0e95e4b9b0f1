/** Walks in a page: `browser.mjs PORT CHROMIUM` serves it at that port, opens it, and prints what it reports. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [port, chromium = ''] = process.argv.slice(2);
const {
  SERVER_URL = '',
  AWS_ACCESS_KEY_ID: accessKeyId = '',
  AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
} = process.env;
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8' };

const PAGE = `<!doctype html>
<script type="module">
  import { walk } from '/walk.mjs';
  const tell = (path, text) => fetch(path, { method: 'POST', body: text });
  try {
    const titles = walk(${JSON.stringify(SERVER_URL)}, ${JSON.stringify({ accessKeyId, secretAccessKey })});
    for await (const title of titles) await tell('/passed', title);
    await tell('/ended', '');
  } catch (error) {
    await tell('/failed', error.stack ?? String(error));
  }
</script>`;

const pages = createServer((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = '/' } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  if (url === '/passed') console.log(`ok Chromium: ${text}`);
  if (url === '/failed') console.log(`FAILED Chromium: ${text}`);
  if (url.endsWith('.mjs')) response.setHeader('content-type', TYPES.js).end(readFileSync(`.${url}`));
  else response.setHeader('content-type', TYPES.html).end(url === '/' ? PAGE : '');
  if (url === '/ended' || url === '/failed') end(url === '/ended' ? 0 : 1);
}

const profile = mkdtempSync(join(tmpdir(), 'rewindmq-browser-'));
let browser: ReturnType<typeof spawn> | undefined;
pages.listen(Number(port), '127.0.0.1', () => {
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    `--user-data-dir=${profile}`,
  ];
  browser = spawn(chromium, [...flags, `http://127.0.0.1:${port}/`], { stdio: 'ignore' });
  browser.on('exit', () => end(1));
});

function end(code: number): void {
  browser?.removeAllListeners('exit').once('exit', () => {
    rmSync(profile, { recursive: true, force: true });
    process.exit(code);
  });
  if (browser === undefined || browser.exitCode !== null || !browser.kill()) process.exit(code);
}
