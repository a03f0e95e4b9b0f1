/** The code that calls a user's endpoint, function of Lambda or queue with messages, here and on AWS. */
export { isAllowance, isAllowedFunction, isAllowedUrl } from './allowed-targets.ts';
export { encodedCall } from './encoded-call.ts';
export { urlRefusal } from './https-address.ts';
export type { HttpsPost } from './https-exchange.ts';
export { HttpsSender } from './https-sender.ts';
export { HttpsTarget, type HttpsTargetOptions } from './https-target.ts';
export { LambdaTarget } from './lambda-target.ts';
export { type PackedPost, sendThrough, unpackedPost } from './sending-function.ts';
export { queueUrlRefusal, SqsTarget } from './sqs-target.ts';
