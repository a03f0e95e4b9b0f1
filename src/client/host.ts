/** What a client needs from its runtime environment. Tests supply their own. */
export interface Host {
  fetch(url: URL, request: RequestInit): Promise<Response>;
  /** From 0 to less than 1. */
  random(): number;
  /** @throws the reason of `signal` when it aborts first */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Works in Node, Bun, Deno and browsers. */
export const MACHINE: Host = {
  fetch: (url, request) => fetch(url, request),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      signal?.addEventListener('abort', stop, { once: true });
    }),
};
