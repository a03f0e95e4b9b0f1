import { gunzipSync, gzipSync } from 'node:zlib';
import type { PushAnswer } from '../../ports/push-target.ts';
import type { DeployedFunction } from '../deployed-function.ts';
import { failureOf, refusalIn } from './aws-failure.ts';
import type { HttpsPost } from './https-exchange.ts';

/** A request on its way to the function: a body in JSON could become larger than the 6 MB that Lambda takes. */
export interface PackedPost extends Omit<HttpsPost, 'body'> {
  /** Gzip, in Base64. */
  readonly packedBody: string;
}

/** The name of the host is resolved before the time of the request begins. */
const MORE_MS = 8_000;

/** Sends requests through a function without rights: nothing is lost to an endpoint that deceives it. */
export const sendThrough =
  (fn: Pick<DeployedFunction, 'ask'>) =>
  async ({ body, ...post }: HttpsPost): Promise<PushAnswer> => {
    const packed: PackedPost = { ...post, packedBody: gzipSync(body, { level: 1 }).toString('base64') };
    try {
      const answer = await fn.ask(packed, AbortSignal.timeout(post.timeoutMs + MORE_MS));
      if (answer.status !== 200) return { end: refusalIn(answer) };
      // The function died, or the answer was too large for Lambda: the request may have arrived.
      if (answer.headers['x-amz-function-error'] !== undefined) return { end: { kind: 'answerCut' } };
      return JSON.parse(answer.body.toString()) as PushAnswer;
    } catch (error) {
      return { end: { kind: failureOf(error) } };
    }
  };

export const unpackedPost = ({ packedBody, ...post }: PackedPost): HttpsPost => ({
  ...post,
  body: gunzipSync(Buffer.from(packedBody, 'base64')).toString(),
});
