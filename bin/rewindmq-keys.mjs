#!/usr/bin/env node
/** What `npx --package rewindmq rewindmq-keys` runs. */
import './node-version.mjs';

await import('../dist/keys.mjs');
