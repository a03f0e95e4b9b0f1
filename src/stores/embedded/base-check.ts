/** A file that is read in pieces. */
interface Pages {
  readonly bytes: number;
  read(offset: number, length: number): Buffer;
}

/**
 * Checks the pages of an lmdb file before it is mapped: a missing or misplaced page would end the process by a signal,
 * without a message. The format is lmdb's own, numbers little-endian:
 *
 *     page: number, 8 · transaction, 8 · 2 unused · flags, 2 · end of the offsets, 2 · 2 unused
 *         · offsets of nodes, 2 each; both kinds of offsets count from behind that head
 *     meta page, behind that head: magic, 4 · version, 4 · 16 unused · two trees (free pages, main) · last page, 8
 *         · transaction, 8
 *     tree: page size, 4, in the first one · flags, 2 · 34 unused · root, 8
 *     node: low 4 bytes of a page number or length · flags, 2 · length of the key, 2 · key · value
 */
// Sizes and offsets in bytes, and marks, as lmdb 0.9 writes them.
const PAGE_HEAD_BYTES = 24;
const META_MAGIC = 0xbeefc0de;
const TREE_BYTES = 48;
const TREES_OFFSET = PAGE_HEAD_BYTES + 24;
const ROOT_OFFSET = 40;
const TRANSACTION_OFFSET = TREES_OFFSET + 2 * TREE_BYTES + 8;
const NODE_HEAD_BYTES = 8;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

// Bits of the flags of pages, then of nodes.
const BRANCH = 1;
const LEAF = 2;
const META = 8;
const VALUE_ON_PAGES = 1;
const VALUE_IS_TREE = 2;

/**
 * The file's fault, in words that follow its name; `undefined` for a sound file.
 * @param pagesMax - how many pages to check; the rest counts as sound
 */
export function faultOfPages(file: Pages, pagesMax: number): string | undefined {
  const metas = [0, 1].flatMap((number) => readMeta(file, number));
  const [newest] = metas.toSorted((one, other) => (one.transaction < other.transaction ? 1 : -1));
  if (newest === undefined) return 'has no readable head';
  // Level by level: of a file too large to check as a whole, at least the branches are sound.
  let level = newest.roots;
  const seen = new Set<number>();
  while (level.length > 0) {
    const next: number[] = [];
    for (const number of level) {
      if (seen.size === pagesMax) return undefined;
      if (seen.has(number)) return `names page ${number} twice`;
      seen.add(number);
      const named = readPage(file, newest.pageBytes, number);
      if (typeof named === 'string') return named;
      // Checked before any of them is read: the pages above reveal a file that was cut.
      const missing = Math.max(...named.pages, ...named.lastOfValues);
      if ((missing + 1) * newest.pageBytes > file.bytes) return `ends before page ${missing}`;
      next.push(...named.pages);
    }
    level = next;
  }
  return undefined;
}

/** The pages that a page refers to. */
interface Named {
  readonly pages: number[];
  /** The last page of each value too large for a page. Values have checksums, so this check does not read them. */
  readonly lastOfValues: number[];
}

function readMeta(file: Pages, number: number) {
  const first = file.read(0, TRANSACTION_OFFSET + 8);
  const pageBytes = first.length < TRANSACTION_OFFSET + 8 ? 0 : first.readUInt32LE(TREES_OFFSET);
  if (pageBytes < 512 || pageBytes > 65_536) return [];
  const page = number === 0 ? first : file.read(number * pageBytes, TRANSACTION_OFFSET + 8);
  if (page.length < TRANSACTION_OFFSET + 8 || page.readUInt32LE(PAGE_HEAD_BYTES) !== META_MAGIC) return [];
  if ((page.readUInt16LE(18) & META) === 0) return [];
  const roots = [0, 1].flatMap((tree) => rootOf(page.subarray(TREES_OFFSET + tree * TREE_BYTES)));
  return [{ pageBytes, roots, transaction: page.readBigUInt64LE(TRANSACTION_OFFSET) }];
}

function rootOf(tree: Buffer): number[] {
  const root = tree.readBigUInt64LE(ROOT_OFFSET);
  return root === NO_PAGE ? [] : [Number(root)];
}

/** The pages that a page refers to, or its fault. */
function readPage(file: Pages, pageBytes: number, number: number): Named | string {
  const page = file.read(number * pageBytes, pageBytes);
  if (page.length < pageBytes) return `ends before page ${number}`;
  const flags = page.readUInt16LE(18);
  if (Number(page.readBigUInt64LE(0)) !== number || (flags & (BRANCH + LEAF)) === 0)
    return `has no readable page ${number}`;
  try {
    return readNodes(page, flags, pageBytes);
  } catch {
    return `has an unreadable page ${number}`;
  }
}

/** @throws RangeError when an offset points out of the page */
function readNodes(page: Buffer, flags: number, pageBytes: number): Named {
  const named: Named = { pages: [], lastOfValues: [] };
  const count = page.readUInt16LE(20) / 2;
  for (let index = 0; index < count; index++) {
    const node = PAGE_HEAD_BYTES + page.readUInt16LE(PAGE_HEAD_BYTES + 2 * index);
    const nodeFlags = page.readUInt16LE(node + 4);
    const value = node + NODE_HEAD_BYTES + page.readUInt16LE(node + 6);
    if (flags & BRANCH) {
      const number = page.readUInt32LE(node) + nodeFlags * 2 ** 32;
      named.pages.push(number);
    } else if (nodeFlags & VALUE_ON_PAGES) {
      const pages = Math.ceil((PAGE_HEAD_BYTES + page.readUInt32LE(node)) / pageBytes);
      named.lastOfValues.push(Number(page.readBigUInt64LE(value)) + pages - 1);
    } else if (nodeFlags & VALUE_IS_TREE) {
      named.pages.push(...rootOf(page.subarray(value, value + TREE_BYTES)));
    }
  }
  return named;
}
