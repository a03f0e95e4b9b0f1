import type { SeenMessage, StartRedriveRequest, StartRewindRequest } from '../../client/api.d.ts';
import { isoTime, parseTime, type Zone } from './times.ts';

/** A rewind as it is typed. */
export interface RewindForm {
  readonly from: string;
  readonly to: string;
  readonly by: 'sentAt' | 'deletedAt';
  /** `name=value` lines. */
  readonly attributes: string;
  readonly into: string;
  readonly perSecond: string;
}

/** An hour back: a form never begins with all time. */
export const NEW_REWIND: RewindForm = { from: '1h ago', to: '', by: 'sentAt', attributes: '', into: '', perSecond: '' };

export type RewindRequest = Omit<StartRewindRequest, 'dryRun'>;

type Parsed = { readonly request: RewindRequest } | { readonly error: string };

/**
 * The request that the form asks for, with its moments fixed: what was counted is what begins.
 *
 * @param nowMs - what relative times refer to; also the end where the form names none
 */
export function parseRewind(
  form: RewindForm,
  { nowMs, zone }: { readonly nowMs: number; readonly zone: Zone },
): Parsed {
  const fromMs = parseTime(form.from, { nowMs, zone });
  const toMs = form.to.trim() === '' ? nowMs : parseTime(form.to, { nowMs, zone });
  if (fromMs === undefined) return { error: 'Say from when on.' };
  if (toMs === undefined) return { error: 'The end is no time.' };
  if (fromMs >= toMs) return { error: 'The range is empty: it begins after its end.' };
  const limit = parseRate(form.perSecond);
  const filter = parseFilter(form.attributes);
  if (limit === undefined) return { error: 'The rate is a whole number of messages a second.' };
  if (filter === undefined) return { error: 'Each line of the filter is name=value.' };
  const into = form.into.trim();
  return {
    request: {
      from: isoTime(fromMs),
      to: isoTime(toMs),
      by: form.by,
      ...filter,
      ...(into === '' ? {} : { into }),
      ...limit,
    },
  };
}

/** A limit of messages a second, or none; `undefined` for anything else. */
export function parseRate(text: string): { readonly perSecond?: number } | undefined {
  if (text.trim() === '') return {};
  return /^[1-9]\d{0,5}$/.test(text.trim()) ? { perSecond: Number(text) } : undefined;
}

/** Values that attributes must have, one `name=value` a line; `undefined` for anything else. */
export function parseFilter(text: string): Pick<StartRewindRequest, 'filter'> | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) return {};
  if (!lines.every((line) => /^[^=]+=/.test(line))) return undefined;
  const pairs = lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)] as const);
  return { filter: { attributes: Object.fromEntries(pairs) } };
}

/** Whether a rewind would bring this deleted message back: for examples beside the exact count. */
export function isWanted(message: SeenMessage, { from, to, by, filter }: RewindRequest): boolean {
  const at = Date.parse((by === 'deletedAt' ? message.deletedAt : message.sentAt) ?? '');
  const isIn = at >= Date.parse(from) && (to === undefined || at < Date.parse(to));
  const wanted = Object.entries(filter?.attributes ?? {});
  return isIn && wanted.every(([name, value]) => message.attributes[name]?.value === value);
}

/** A redrive as it is typed. */
export interface RedriveForm {
  readonly max: string;
  readonly attributes: string;
  readonly into: string;
  readonly perSecond: string;
}

export const NEW_REDRIVE: RedriveForm = { max: '10', attributes: '', into: '', perSecond: '' };

/** The request that the form asks for, or what is wrong with it. */
export function parseRedrive(
  form: RedriveForm,
): { readonly request: StartRedriveRequest } | { readonly error: string } {
  const limit = parseRate(form.perSecond);
  const filter = parseFilter(form.attributes);
  const max = form.max.trim();
  if (max !== '' && !/^[1-9]\d{0,9}$/.test(max)) return { error: 'The most messages are a whole number, or nothing.' };
  if (limit === undefined) return { error: 'The rate is a whole number of messages a second.' };
  if (filter === undefined) return { error: 'Each line of the filter is name=value.' };
  const into = form.into.trim();
  return {
    request: { ...(max === '' ? {} : { max: Number(max) }), ...filter, ...(into === '' ? {} : { into }), ...limit },
  };
}
