import type { ManualEntry } from './manual-push.ts';

/** What readers of the API description learn of calls on one message. */
export const BY_ID_MANUAL: Readonly<Record<string, ManualEntry>> = {
  deleteMessage: {
    description:
      'The message may be ready, delayed or in flight; a rewind can bring it back. A consumer that holds it may ' +
      'still work on it. 409 `conflict` for a damaged message, and while consumers move it. Looks for it like a find.',
    answer: {},
  },
  changeMessageVisibility: {
    description:
      'With 0 another consumer can receive the message at once, while the one that held it may still work on it. Its ' +
      'receipt stays valid. 409 `conflict` unless the message is in flight. Looks for it like a find.',
    request: { visibilitySeconds: 0 },
    answer: {},
  },
};
