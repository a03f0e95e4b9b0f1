import { DecodeError } from '../../model/bytes.ts';

/** What is read, or `undefined` when it is missing, damaged or unreadable. */
export async function unlessDamaged<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
