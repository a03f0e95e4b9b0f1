import type { MessageAttribute, SeenMessage } from '../../client/api.d.ts';
import type { NewMessage } from './actions.ts';
import { parseSecondsField } from './durations.ts';
import { isoTime, parseTime, type Zone } from './times.ts';

/** A message as it is typed. */
export interface Draft {
  readonly body: string;
  readonly attributes: readonly DraftAttribute[];
  /** A span, a time, or nothing. */
  readonly deliver: string;
}

interface DraftAttribute {
  readonly name: string;
  readonly type: MessageAttribute['type'];
  readonly value: string;
}

export const EMPTY_DRAFT: Draft = { body: '', attributes: [], deliver: '' };

/** A draft that was kept, or an empty one. */
export function draftOf(text: string | undefined): Draft {
  try {
    return { ...EMPTY_DRAFT, ...(JSON.parse(text ?? '{}') as Partial<Draft>) };
  } catch {
    return EMPTY_DRAFT;
  }
}

/** A message like one that was seen, to be sent once more. */
export const copyOf = ({ body, attributes }: SeenMessage): Draft => ({
  body,
  attributes: Object.entries(attributes).map(([name, { type, value }]) => ({ name, type, value })),
  deliver: '',
});

/** The message to send, or why there is none yet; the server checks the rest. */
export function messageOf(
  { body, attributes, deliver }: Draft,
  now: { readonly nowMs: number; readonly zone: Zone },
): { readonly message?: NewMessage; readonly error?: string } {
  const named = attributes.filter(({ name }) => name !== '');
  const added = named.length === 0 ? {} : { attributes: Object.fromEntries(named.map(entryOf)) };
  if (deliver.trim() === '') return { message: { body, ...added } };
  const delaySeconds = parseSecondsField(deliver);
  if (delaySeconds !== undefined) return { message: { body, ...added, delaySeconds } };
  const ms = parseTime(deliver, now);
  if (ms === undefined) return { error: 'This is neither a span nor a time.' };
  return { message: { body, ...added, deliverAt: isoTime(ms) } };
}

const entryOf = ({ name, type, value }: DraftAttribute) => [name, { type, value }] as const;
