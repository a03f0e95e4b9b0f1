import { Caller } from '../../client/caller.ts';
import { RewindMqError } from '../../client/errors.ts';
import type { Credentials } from '../../client/index.ts';
import type { ApiCall } from '../rules/index.ts';
import { originUrl } from './machine.ts';

const KEY = 'rewindmq.accessKey';
/** A person waits: after two tries the page says what is wrong, and its next refresh tries again. */
const TRIES = 2;

/** The connection of this tab to its server. The access key stays in the tab, and ends with it. */
export class Session {
  readonly isKeyed: boolean;
  readonly #caller: Caller;

  constructor(credentials = keptCredentials()) {
    this.isKeyed = credentials !== undefined;
    const url = originUrl();
    this.#caller = new Caller({ url, tries: TRIES, ...(credentials === undefined ? {} : { credentials }) });
  }

  /** @throws RewindMqError */
  async run<Answer>({ method, path, query, body }: ApiCall, signal?: AbortSignal): Promise<Answer> {
    const isOnce = method === 'POST';
    return await this.#caller.call<Answer>({
      method,
      path,
      isOnce,
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

/** Whether the server wants a signature, or another one. */
export const isAccessDenied = (error: unknown): boolean =>
  error instanceof RewindMqError && error.code === 'accessDenied';

export function keptCredentials(): Credentials | undefined {
  const text = sessionStorage.getItem(KEY);
  return text === null ? undefined : (JSON.parse(text) as Credentials);
}

export const keepCredentials = (credentials: Credentials): void =>
  sessionStorage.setItem(KEY, JSON.stringify(credentials));

export const forgetCredentials = (): void => sessionStorage.removeItem(KEY);
