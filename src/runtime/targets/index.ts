/** The code that calls a user's function or endpoint with messages of a queue. */
export { FileTarget } from './file-target.ts';
export { urlRefusal } from './https-address.ts';
export type { HttpsPost } from './https-exchange.ts';
export { HttpsSender } from './https-sender.ts';
export { HttpsTarget } from './https-target.ts';
