import type { SeededRandom } from '../src/stores/simulated/seeded-random.ts';

/**
 * Bodies like those of applications, drawn from a seed. They compress about as well as real ones: a generator that
 * repeats itself would make every figure too good.
 */
export interface BodySource {
  next(): string;
}

const WORDS = `account adapter amount answer apple archive arrival autumn balance basket battery bicycle blanket border
bottle bridge bronze budget button camera carbon carpet castle center chapter charge cherry circle client climate
coffee collar column comment concert copper corner cotton counter coupon courier cradle credit crystal currency customer
damage dealer debit decline deliver deposit desert design detail diamond dinner discount district document dollar double
eastern economy editor elbow energy engine escape estate evening example express fabric factor family feather festival
filter finger flavor flight flower folder forest formula fortune freight friday garage garden gentle ginger glacier
global golden grain gravel ground guitar hammer handle harbor harvest height helmet highway history holiday honest
horizon hundred hunter impact income insect inside invoice island jacket journey jungle kettle kitchen ladder language
lantern leather legend lemon letter library limit liquid market marble margin meadow memory mentor merchant message
method middle minute mirror module moment monday morning mountain museum napkin nation nature needle network nickel
northern notice number object ocean office olive onion orange orchid order origin outlet oxygen package painter palace
parcel parent partner passage patient pattern payment pencil pepper picture pillow planet plastic pocket policy portal
postage powder premium pricing printer product profit project purple quarter quiet rabbit random reason receipt record
refund region rental repair report result return reward ribbon river rocket routine saddle salary sample saturday school
season second section senior service shadow shelter shipment signal silver sister socket spring square stamp station
status store summer supply surface switch system table tablet target ticket timber tomato total tractor traffic transfer
travel tunnel turtle update user valley vendor velvet village violet voyage wallet warehouse weather wednesday western
window winter wooden yellow yesterday zebra`.split(/\s+/);

/** A small JSON record of exactly `bytes`, at least 100: ids, an amount, and a note of words. */
export function recordsOf(bytes: number, random: SeededRandom): BodySource {
  return {
    next: () => {
      const head = `{"id":"${random.text(44)}","amount":${amount(random)},"note":"`;
      return `${head}${wordsOf(bytes - head.length - 2, random)}"}`;
    },
  };
}

/** A JSON record of exactly `bytes`, 900 or more: an order with its customer, five lines, and a note that fills it. */
export function ordersOf(bytes: number, random: SeededRandom): BodySource {
  return {
    next: () => {
      const items = Array.from({ length: 5 }, () => ({
        product: random.text(8),
        name: wordsOf(16, random),
        quantity: random.between(1, 9),
        price: amount(random),
        warehouse: random.pick(['north', 'south', 'harbor']),
        status: random.pick(['reserved', 'shipped']),
      }));
      const order = { id: random.text(12), customer: random.text(8), currency: 'EUR', items, note: '' };
      return JSON.stringify({ ...order, note: wordsOf(bytes - JSON.stringify(order).length, random) });
    },
  };
}

/** Lines of a web server's log, each of exactly 100 bytes. */
export function logLines(random: SeededRandom): BodySource {
  let atMs = Date.UTC(2026, 0, 5, 8);
  const hosts = Array.from({ length: 28 }, () => `10.0.${random.below(8)}.${random.between(10, 60)}`);
  return {
    next: () => {
      atMs += random.below(300);
      const at = new Date(atMs).toISOString().slice(0, 19);
      const [path, tookMs] = random.pick(LOG_CALLS);
      const status = random.chance(0.97) ? '200 OK' : random.pick(['404 Not Found', '503 Service Unavailable']);
      const took = tookMs + random.below(6);
      const line = `${at} INFO [web-1] ${random.pick(hosts)} GET ${path} -> ${status} in ${took} ms`;
      return line.padEnd(LOG_LINE_BYTES, ', served by the worker pool').slice(0, LOG_LINE_BYTES);
    },
  };
}

const LOG_LINE_BYTES = 100;
const LOG_CALLS: readonly (readonly [path: string, tookMs: number])[] = [
  ['/health', 1],
  ['/v1/orders', 20],
  ['/v1/orders/recent', 30],
  ['/v1/customers', 10],
];

const amount = (random: SeededRandom): number => random.below(100_000) / 100;

/** Text of that many letters; as in any language, some words are far more frequent than others. */
function wordsOf(length: number, random: SeededRandom): string {
  const word = () => WORDS[Math.floor(WORDS.length * random.next() ** 3)] ?? '';
  let text = word();
  while (text.length < length) text += ` ${word()}`;
  return text.slice(0, length);
}
