/**
 * Loads before a function's bundle (`node --import`), and gives its storage calls three times as long. The engines here
 * are one process with one queue for writes, among other work on two cores. A step that takes DynamoDB milliseconds may
 * take them seconds, and a call given up at the usual time would be `unavailable` to the caller.
 */
import { Socket } from 'node:net';

/** `STORE_TRY_MS_MAX` of `src/model/limits.ts`; no other timer of a function has this length. */
const STORE_TRY_MS = 3_000;
const longer = (ms) => (ms === STORE_TRY_MS ? 3 * ms : ms);

const after = globalThis.setTimeout;
globalThis.setTimeout = Object.defineProperties(
  (callback, ms, ...rest) => after(callback, longer(ms), ...rest),
  Object.getOwnPropertyDescriptors(after),
);
const limitSilence = Socket.prototype.setTimeout;
Socket.prototype.setTimeout = function (ms, callback) {
  return limitSilence.call(this, longer(ms), callback);
};
