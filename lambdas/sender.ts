import { HttpsSender, type PackedPost, unpackedPost } from '../src/runtime/targets/index.ts';

const sender = new HttpsSender();

/** Sends signed requests to endpoints of users. It has no rights, and neither keys nor tables. */
export const handler = (post: PackedPost) => sender.send(unpackedPost(post));
