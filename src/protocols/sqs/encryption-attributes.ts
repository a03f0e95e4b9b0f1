import { SqsError } from './errors.ts';
import { type Attribute, flag, kept, numeral } from './queue-attribute-kinds.ts';

/** Kept and returned as SQS does; the store encrypts a queue's content whatever they say. */
const KEY = kept('KmsMasterKeyId', { parse: (value) => value });
const REUSE = kept('KmsDataKeyReusePeriodSeconds', {
  fallback: '300',
  parse: numeral('KmsDataKeyReusePeriodSeconds', 60, 86_400),
});
const MANAGED = kept('SqsManagedSseEnabled', { fallback: 'true', parse: flag('SqsManagedSseEnabled') });

/** A queue has one kind of encryption at a time: setting one ends the other. */
export const ENCRYPTION_ATTRIBUTES = {
  KmsMasterKeyId: {
    ...KEY,
    set: (value) => (settings) => {
      const changed = KEY.set(value)(settings);
      return value === '' ? changed : MANAGED.set('false')(changed);
    },
  },
  KmsDataKeyReusePeriodSeconds: {
    ...REUSE,
    // Without a key there is nothing to reuse.
    show: (of) => (KEY.show(of) === undefined ? undefined : REUSE.show(of)),
  },
  SqsManagedSseEnabled: {
    ...MANAGED,
    set: (value) => {
      const change = MANAGED.set(value);
      return (settings) => (isTrue(value) ? KEY.set('')(change(settings)) : change(settings));
    },
  },
} satisfies Readonly<Record<string, Attribute>>;

/** @throws SqsError `InvalidAttributeName` for both kinds of encryption in one call */
export function refuseTwoEncryptions(given: Readonly<Record<string, string>>): void {
  if ((given['KmsMasterKeyId'] ?? '') === '' || !isTrue(given['SqsManagedSseEnabled'] ?? '')) return;
  throw new SqsError(
    'InvalidAttributeName',
    'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
  );
}

const isTrue = (value: string): boolean => value.toLowerCase() === 'true';
