declare module 'fs-native-extensions' {
  /** Takes an exclusive lock on an open file; `false` when another descriptor holds one. */
  export function tryLock(descriptor: number): boolean;
}
