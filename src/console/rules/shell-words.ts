const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Quotes any word for a POSIX shell. */
export const shellWord = (text: string): string => (PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export const shellLine = (words: readonly string[]): string => words.map(shellWord).join(' ');
