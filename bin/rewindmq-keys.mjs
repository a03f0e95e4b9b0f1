#!/usr/bin/env node
/** Entry point of `npx --package rewindmq rewindmq-keys`. */
import './node-version.mjs';

await import('../dist/keys.mjs');
