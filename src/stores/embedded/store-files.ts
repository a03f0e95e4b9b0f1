import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { faultOfPages } from './base-check.ts';
import { damaged, unknownFormat } from './store-fault.ts';

/** The format of the whole store: its log, its base and the values of their tables. */
const STORE_FORMAT = 1;
/** Marks a store: without this file the rest is no store, and with it the rest must be present. */
const MARKER_FILE = 'store.json';
export const BASE_FILE = 'store.mdb';
const LOG_FILE = /^(spare-)?log-\d+$/;
/** The archive lies beside the store and shows that there was one. */
const OBJECTS = 'objects';
/**
 * Pages of the base that a start checks, in up to a second: all pages up to 200 MB of small values. In a larger base it
 * checks the upper ones and that the pages they refer to exist.
 */
const PAGES_CHECKED_MAX = 50_000;

interface Marker {
  readonly format: number;
  /** `making` until base and log exist: nothing was acknowledged before. */
  readonly state: 'making' | 'made';
}

/**
 * Checks whether a directory holds a whole store.
 * @returns whether it holds one; otherwise one may be created there
 * @throws QueueError `Unavailable`, in a sentence, when it holds parts of a store, or another release's
 */
export function findStore(directory: string): boolean {
  const marker = readMarker(directory);
  if (marker !== undefined && marker.format !== STORE_FORMAT) {
    throw unknownFormat(directory, marker.format, STORE_FORMAT);
  }
  if (marker?.state !== 'made') {
    const names = readdirSync(directory);
    const pieces = names.filter((name) => name === BASE_FILE || LOG_FILE.test(name));
    // A start that died while it created the store left parts without data.
    if (marker?.state === 'making') for (const name of pieces) rmSync(join(directory, name));
    else if (pieces.length > 0) throw damaged(directory, `${pieces[0]} is there, ${MARKER_FILE} is missing`);
    if (holdsObjects(directory)) throw damaged(directory, `${OBJECTS} is there, ${MARKER_FILE} is missing`);
    return false;
  }
  if (!existsSync(join(directory, BASE_FILE))) throw damaged(directory, `${BASE_FILE} is missing`);
  const fault = faultOfBase(join(directory, BASE_FILE));
  if (fault !== undefined) throw damaged(directory, `${BASE_FILE} ${fault}`);
  return true;
}

/** Written before anything else of a new store, and again when the store is complete. */
export function writeMarker(directory: string, state: Marker['state'], durability: 'synced' | 'none'): void {
  const path = join(directory, MARKER_FILE);
  const isSynced = durability === 'synced';
  writeFileSync(`${path}.new`, `${JSON.stringify({ format: STORE_FORMAT, state })}\n`, { flush: isSynced });
  renameSync(`${path}.new`, path);
  if (!isSynced) return;
  const descriptor = openSync(directory, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function readMarker(directory: string): Marker | undefined {
  const path = join(directory, MARKER_FILE);
  if (!existsSync(path)) return undefined;
  try {
    const { format, state } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Marker>;
    if (typeof format === 'number' && (state === 'made' || state === 'making')) return { format, state };
  } catch {
    // Refused below, like any other content.
  }
  throw damaged(directory, `${MARKER_FILE} cannot be read`);
}

function holdsObjects(directory: string): boolean {
  const objects = join(directory, OBJECTS);
  return (
    existsSync(objects) && readdirSync(objects, { recursive: true, withFileTypes: true }).some((one) => one.isFile())
  );
}

function faultOfBase(path: string): string | undefined {
  const descriptor = openSync(path, 'r');
  try {
    const { size: bytes } = fstatSync(descriptor);
    const read = (offset: number, length: number): Buffer => {
      const page = Buffer.alloc(Math.max(0, Math.min(length, bytes - offset)));
      return page.subarray(0, readSync(descriptor, page, 0, page.length, offset));
    };
    return faultOfPages({ bytes, read }, PAGES_CHECKED_MAX);
  } finally {
    closeSync(descriptor);
  }
}
