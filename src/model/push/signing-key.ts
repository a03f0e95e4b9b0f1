import type { EpochMs } from '../brand.ts';

/** A key that signs the requests to the endpoint of a queue, as the catalog keeps it; its secret is sealed. */
export interface SigningKey {
  readonly id: string;
  /** The first characters of the secret, by which its owner knows it again. */
  readonly prefix: string;
  readonly sealedSecret: string;
  readonly createdAtMs: EpochMs;
}

/** What begins every secret, in the form of Standard Webhooks. */
export const SECRET_PREFIX = 'whsec_';
/** Characters of a prefix: four of 40 random ones. */
const SHOWN_LENGTH = SECRET_PREFIX.length + 4;

/** @param text - random characters of 6 bits, a multiple of four of them */
export const signingSecret = (text: string): string => SECRET_PREFIX + text.replaceAll('-', '+').replaceAll('_', '/');

export const shownPrefix = (secret: string): string => secret.slice(0, SHOWN_LENGTH);
