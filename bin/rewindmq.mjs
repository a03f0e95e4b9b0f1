#!/usr/bin/env -S node --max-semi-space-size=64
/** What `npx rewindmq` runs: the server as `npm pack` has bundled it. */
import './node-version.mjs';

process.setSourceMapsEnabled(true);
await import('../dist/start.mjs');
