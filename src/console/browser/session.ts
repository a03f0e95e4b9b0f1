import { Caller } from '../../client/caller.ts';
import { RewindMqError } from '../../client/errors.ts';
import { type Host, MACHINE } from '../../client/host.ts';
import type { Credentials } from '../../client/index.ts';
import type { ApiCall } from '../rules/index.ts';
import { originUrl } from './machine.ts';
import { type Person, readPerson } from './person.ts';
import { type Deployment, readDeployment } from './place.ts';

const KEY = 'rewindmq.accessKey';
/** A person waits: after two tries the page says what is wrong, and its next refresh tries again. */
const TRIES = 2;
/** A gateway's answer to a call without a valid token. */
const UNAUTHORIZED = 401;

/** The connection of this tab to its server. The access key or token stays in the tab, and ends with it. */
export class Session {
  readonly isKeyed: boolean;
  /** `undefined` at a server on this machine. */
  readonly deployment: Deployment | undefined = readDeployment();
  /** Who has signed in at a deployment. */
  readonly person: Person | undefined;
  readonly #caller: Caller;

  constructor(credentials = keptCredentials()) {
    this.isKeyed = credentials !== undefined;
    if (this.deployment !== undefined) {
      this.person = readPerson(this.deployment);
      this.#caller = new Caller({ url: `${originUrl()}/console/api`, tries: TRIES, host: bearing(this.person?.token) });
      return;
    }
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

/** Sends the token with each call; the gateway refuses calls without one. */
const bearing = (token = ''): Host => ({
  ...MACHINE,
  fetch: (url, request) => {
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${token}`);
    return MACHINE.fetch(url, { ...request, headers });
  },
});

/** Whether the server wants a signature or a token, or another one. A gateway answers 401 to a token that has ended. */
export const isAccessDenied = (error: unknown): boolean =>
  error instanceof RewindMqError && (error.code === 'accessDenied' || error.status === UNAUTHORIZED);

export function keptCredentials(): Credentials | undefined {
  const text = sessionStorage.getItem(KEY);
  return text === null ? undefined : (JSON.parse(text) as Credentials);
}

export const keepCredentials = (credentials: Credentials): void =>
  sessionStorage.setItem(KEY, JSON.stringify(credentials));

export const forgetCredentials = (): void => sessionStorage.removeItem(KEY);
