import * as z from 'zod/mini';
import type { SigningKey } from '../../model/push/index.ts';
import { fields, instant, queueName, text } from './fields.ts';
import { isoTime } from './times.ts';

/** Path of a call on one signing key. */
export const SigningKeyPath = fields({ name: queueName(), id: text() });

/** A signing key without its secret. */
export const SigningKeyView = z.object({
  id: text(),
  /** The first characters of the secret. */
  prefix: text(),
  createdAt: instant(),
});

export const renderSigningKey = ({ id, prefix, createdAtMs }: SigningKey): z.output<typeof SigningKeyView> => ({
  id,
  prefix,
  createdAt: isoTime(createdAtMs),
});
