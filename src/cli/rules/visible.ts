/**
 * Characters that a terminal obeys instead of showing: controls but newline and tab, and marks that turn the direction
 * of writing.
 */
const OBEYED = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

const codeText = (character: string): string => {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

/** Text that is safe on a terminal: a message is data and never moves the cursor or sets a title. */
export const visible = (text: string): string => text.replace(OBEYED, codeText);

/** The same in one line, for a cell of a table. */
export const visibleLine = (text: string): string =>
  visible(text.replaceAll('\n', '\\n').replaceAll('\t', '\\t')).replaceAll('\r', '\\r');

/** JSON of one line that is safe on a terminal and means the same. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(OBEYED, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
