/** MiB of memory of the functions; a full processor comes with 1,769. Functions are billed by memory and time. */
export const FUNCTION_MIB = {
  /** A third of a processor: the largest request, 4 MiB of messages, is checked and packed within a second. */
  call: 512,
  /** A receive mostly waits, and memory is billed meanwhile. It has taken 137 MB at most: `bench/memory.ts`. */
  receive: 256,
  archiver: 1_024,
  controller: 512,
  /** It holds 64 MiB of messages at most, and each again as it is sent. */
  dispatcher: 512,
  /** It holds one request, packed and unpacked, and its answer. */
  sender: 256,
  waker: 256,
} as const;
