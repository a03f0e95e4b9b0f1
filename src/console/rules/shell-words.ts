const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A word as a shell of POSIX reads it, whatever it holds. */
export const shellWord = (text: string): string => (PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export const shellLine = (words: readonly string[]): string => words.map(shellWord).join(' ');
