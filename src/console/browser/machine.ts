/** What the console reads of the browser: time, storage, media. */

export const nowMs = (): number => Date.now();

export const originUrl = (): string => window.location.origin;

/** Whether the key of the search brought the person to this view. */
export const isSearching = (): boolean => window.location.hash === '#search';

export const isHidden = (): boolean => document.hidden;

/** A setting that outlives the tab, like the theme. Storage may be closed to the page; then the default holds. */
export function readSetting(name: string): string | undefined {
  try {
    return localStorage.getItem(`rewindmq.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeSetting(name: string, value: string): void {
  try {
    localStorage.setItem(`rewindmq.${name}`, value);
  } catch {
    // The setting holds until the page is left.
  }
}

/** What follows `prefix` in the names of kept settings. */
export function settingNames(prefix: string): string[] {
  const whole = `rewindmq.${prefix}`;
  try {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(whole))
      .map((name) => name.slice(whole.length));
  } catch {
    return [];
  }
}

export const isMotionReduced = (): boolean => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
