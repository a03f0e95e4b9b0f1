import { DecodeError } from './bytes.ts';

/**
 * The number of the forms in which everything is stored. It is the release that brought them: 2 for 0.2, 103 for 1.3.
 * So a program that meets a number it does not know can name the release that does.
 * @see docs/decisions/0038-format-numbers.md
 */
export const STORED_FORMAT = 2;

/** The release that reads a format. */
export const releaseOf = (format: number): string => `${Math.floor(format / 100)}.${format % 100}`;

/** What is stored is not damaged, but was written by another release. */
export class FormatError extends DecodeError {}

/** @throws FormatError when `format` is not the one this release reads; `what` begins the sentence */
export function refuseOtherFormat(what: string, format: number): void {
  if (format === STORED_FORMAT) return;
  const own = `this is release ${releaseOf(STORED_FORMAT)}`;
  throw new FormatError(`${what} has format ${format}, which release ${releaseOf(format)} reads; ${own}`);
}
