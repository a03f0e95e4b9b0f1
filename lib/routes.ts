import { hasConsole, type Settings } from './settings.ts';

/** The functions that serve calls; each has its own scaling and permissions. */
export type ServingFunction =
  | 'send'
  | 'receive'
  | 'delete'
  | 'admin'
  | 'keys'
  | 'sqs'
  | 'console'
  | 'pages'
  | 'unrouted';

/** Names of the functions that answer calls; behind a function URL one serves all of REST. */
export const servingFunctions = (
  settings: Pick<Settings, 'frontDoor' | 'accessKeys' | 'console'>,
): readonly string[] => [
  ...(settings.frontDoor === 'function-url' ? ['all'] : ['send', 'receive', 'delete', 'admin']),
  ...(settings.accessKeys ? ['keys', 'sqs'] : []),
  ...(hasConsole(settings) ? ['console'] : []),
];

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'ANY';
  readonly path: string;
  readonly servedBy: ServingFunction;
  /** Open to every caller; all other routes require a signature of IAM, and those of the console a person's token. */
  readonly isOpen?: true;
}

/** Every call of the REST API, so that a policy of IAM can allow one call on one queue to one role. */
export const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/queues/{name}/messages', servedBy: 'send' },
  { method: 'POST', path: '/queues/{name}/receive', servedBy: 'receive' },
  { method: 'POST', path: '/queues/{name}/delete', servedBy: 'delete' },
  { method: 'POST', path: '/queues/{name}/visibility', servedBy: 'delete' },
  { method: 'PUT', path: '/queues/{name}', servedBy: 'admin' },
  { method: 'GET', path: '/queues', servedBy: 'admin' },
  { method: 'GET', path: '/queues/{name}', servedBy: 'admin' },
  { method: 'PATCH', path: '/queues/{name}', servedBy: 'admin' },
  { method: 'DELETE', path: '/queues/{name}', servedBy: 'admin' },
  { method: 'POST', path: '/queues/{name}/restore', servedBy: 'admin' },
  { method: 'POST', path: '/queues/{name}/purge', servedBy: 'admin' },
  { method: 'DELETE', path: '/queues/{name}/purge', servedBy: 'admin' },
  { method: 'GET', path: '/queues/{name}/messages', servedBy: 'admin' },
  { method: 'GET', path: '/queues/{name}/messages/{id}', servedBy: 'admin' },
  { method: 'DELETE', path: '/queues/{name}/messages/{id}', servedBy: 'admin' },
  { method: 'POST', path: '/queues/{name}/messages/{id}/visibility', servedBy: 'admin' },
  { method: 'POST', path: '/queues/{name}/rewinds', servedBy: 'admin' },
  { method: 'GET', path: '/queues/{name}/rewinds', servedBy: 'admin' },
  { method: 'GET', path: '/queues/{name}/rewinds/{id}', servedBy: 'admin' },
  { method: 'DELETE', path: '/queues/{name}/rewinds/{id}', servedBy: 'admin' },
  { method: 'POST', path: '/queues/{name}/redrive', servedBy: 'admin' },
  { method: 'PUT', path: '/queues/{name}/subscription', servedBy: 'admin' },
  { method: 'GET', path: '/queues/{name}/subscription', servedBy: 'admin' },
  { method: 'DELETE', path: '/queues/{name}/subscription', servedBy: 'admin' },
  { method: 'POST', path: '/queues/{name}/subscription/pause', servedBy: 'admin' },
  { method: 'POST', path: '/queues/{name}/subscription/resume', servedBy: 'admin' },
  { method: 'POST', path: '/queues/{name}/signing-keys', servedBy: 'admin' },
  { method: 'GET', path: '/queues/{name}/signing-keys', servedBy: 'admin' },
  { method: 'DELETE', path: '/queues/{name}/signing-keys/{id}', servedBy: 'admin' },
  { method: 'GET', path: '/queues/{name}/route', servedBy: 'admin' },
  { method: 'GET', path: '/queues/{name}/history', servedBy: 'admin' },
  { method: 'GET', path: '/history', servedBy: 'admin' },
  { method: 'GET', path: '/usage', servedBy: 'admin' },
  { method: 'GET', path: '/rewinds', servedBy: 'admin' },
  { method: 'GET', path: '/cells', servedBy: 'admin' },
  { method: 'GET', path: '/health', servedBy: 'admin', isOpen: true },
  { method: 'GET', path: '/ready', servedBy: 'admin', isOpen: true },
  { method: 'GET', path: '/openapi.json', servedBy: 'admin', isOpen: true },
];

/** Routes that issue access keys; a policy of IAM can say who may call them. */
export const KEY_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/keys', servedBy: 'keys' },
  { method: 'GET', path: '/keys', servedBy: 'keys' },
  { method: 'DELETE', path: '/keys/{id}', servedBy: 'keys' },
];

/** Routes of SQS clients. They sign with access keys, which API Gateway cannot verify: the function does. */
export const SQS_ROUTES: readonly Route[] = [
  { method: 'ANY', path: '/', servedBy: 'sqs', isOpen: true },
  { method: 'ANY', path: '/{account}/{queue}', servedBy: 'sqs', isOpen: true },
];

/**
 * Takes calls that no other route takes: `//queues` with a doubled slash, or a wrong address. It is open, so it never
 * leads to a function that may touch storage.
 */
export const UNROUTED: Route = { method: 'ANY', path: '$default', servedBy: 'unrouted', isOpen: true };
/** Files and views of the console. No route takes all paths: others begin with the same word. */
export const PAGE_ROUTES: readonly Route[] = [
  '/console',
  '/console/{view}',
  '/console/assets/{file}',
  '/console/queues/{name}',
  '/console/queues/{name}/{tab}',
].map((path) => ({ method: 'GET', path, servedBy: 'pages', isOpen: true }));

/** Paths that a console does not call: those of programs, and keys, whose secrets a page does not show. */
const NOT_OF_PEOPLE = /^\/(ready|openapi\.json)$|\/signing-keys/;
/** Calls of the console: those of REST that a person makes. Programs receive, and a console takes no lease. */
export const CONSOLE_ROUTES: readonly Route[] = ROUTES.filter(
  ({ path, servedBy }) => /^(send|admin)$/.test(servedBy) && !NOT_OF_PEOPLE.test(path),
).map(({ method, path }) => ({ method, path: `/console/api${path}`, servedBy: 'console' }));
