import { QueueError } from '../../model/errors.ts';

/** A store that must not be served in this state, in one sentence that names its directory and the remedy. */
export const damaged = (directory: string, what: string): QueueError =>
  new QueueError(
    'Unavailable',
    `the store in ${directory} is damaged: ${what}; restore the directory from a copy, or choose another with --data`,
  );

/** The release that reads each stored format. */
const RELEASE_OF: Readonly<Record<number, string>> = { 1: '0.2' };

export const unknownFormat = (directory: string, format: number, known: number): QueueError => {
  const release = RELEASE_OF[format] ?? (format > known ? 'a later release' : 'an earlier release');
  return new QueueError(
    'Unavailable',
    `the store in ${directory} has format ${format}, which ${release} reads; this release reads format ${known}`,
  );
};
