#!/usr/bin/env -S node --max-semi-space-size=64
/** Entry point of `npx rewindmq`: the server as bundled by `npm pack`. */
import './node-version.mjs';

process.setSourceMapsEnabled(true);
await import('../dist/start.mjs');
