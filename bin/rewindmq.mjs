#!/usr/bin/env -S node --max-semi-space-size=64
/**
 * Entry point of `npx rewindmq`: starts the server, or runs a command of the command line. The package has both as
 * bundled by `npm pack`; a clone keeps bundles of its own.
 */
import './node-version.mjs';
import { existsSync } from 'node:fs';

/** Options of the command line that may stand before its command. All other options are those of the server. */
const OF_COMMANDS = /^(-h|--help|-V|--version|--url|--context|--json|-q|--quiet|--utc|--tries|--debug)(=|$)/;

const [first = '--', second] = process.argv.slice(2);
if (first === 'start') process.argv.splice(2, 1);
else if (first === 'help' && second === 'start') process.argv.splice(2, 2, '--help');
const isOfServer = process.argv[2] !== first || (first.startsWith('-') && !OF_COMMANDS.test(first));
await run(isOfServer ? 'start' : 'cli');

async function run(name) {
  // The command line shows no stack, and reading maps would take a part of its start.
  process.setSourceMapsEnabled(name === 'start' || process.argv.includes('--debug'));
  if (!existsSync(new URL('../src', import.meta.url))) return await import(`../dist/${name}.mjs`);
  await import('./install.mjs');
  const { runKept } = await import('./kept-bundle.mjs');
  return await runKept(name);
}
