import {
  ARCHIVE_HEAD_BYTES,
  type ArchiveIndex,
  archiveIndexEnd,
  decodeArchiveIndex,
} from '../../model/archive-object.ts';
import { DecodeError } from '../../model/bytes.ts';
import type { ObjectStore } from '../../ports/object-store.ts';

/** Most indexes are smaller; a larger one takes a second read. */
const INDEX_READ_BYTES = 16 * 1024 + ARCHIVE_HEAD_BYTES;

/** Reads the index of an archive object. @throws DecodeError when it is missing or damaged */
export async function readArchiveIndex(
  { objects }: { readonly objects: ObjectStore },
  name: string,
): Promise<ArchiveIndex> {
  const start = await objects.get(name, { offset: 0, length: INDEX_READ_BYTES });
  if (start === undefined) throw new DecodeError(`archive object ${name} is missing`);
  const end = archiveIndexEnd(start);
  if (end <= start.length) return decodeArchiveIndex(start);
  const whole = await objects.get(name, { offset: 0, length: end });
  if (whole === undefined || whole.length < end) throw new DecodeError(`archive object ${name} is cut short`);
  return decodeArchiveIndex(whole);
}
