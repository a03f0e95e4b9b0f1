import type { HttpEvent } from '../../ports/http-event.ts';
import type { Action } from './action.ts';
import { Refusal } from './errors.ts';
import { inWords } from './wording.ts';

/** An action and the texts of its path parameters, decoded. */
export interface Found {
  readonly action: Action;
  readonly path: Readonly<Record<string, string>>;
}

/** Finds the action of a call: by the route that a gateway matched, or by method and path. */
export interface ActionTable {
  readonly actions: readonly Action[];
  /** @throws Refusal `notFound`, `methodNotAllowed` */
  find(event: Pick<HttpEvent, 'routeKey' | 'rawPath' | 'pathParameters' | 'requestContext'>): Found;
}

const HEAD = /^HEAD\b/;

/** Makes the table of these actions; a function has only its own. */
export function actionTable(actions: readonly Action[]): ActionTable {
  const byRoute = new Map(actions.map((action) => [`${action.method} ${action.path}`, action]));
  const patterns = groupByPath(actions);
  return {
    actions,
    find: ({ routeKey, rawPath, pathParameters, requestContext }) => {
      // Answered like GET; a host drops the body.
      const routed = byRoute.get(routeKey.replace(HEAD, 'GET'));
      // Already decoded by API Gateway. A second decoding could turn a name without a policy into one with a policy.
      if (routed !== undefined) return { action: routed, path: pathParameters ?? {} };
      const method = requestContext.http.method.replace(HEAD, 'GET');
      const segments = rawPath.split('/');
      const pattern = patterns.find((one) => matches(one, segments));
      if (pattern === undefined) throw nothingAt(rawPath);
      const action = pattern.actions.get(method);
      if (action === undefined) throw methodNotAllowed(method, [...pattern.actions.keys()]);
      return { action, path: parametersOf(pattern, segments) };
    },
  };
}

interface Pattern {
  /** The path in segments; a parameter has a name, a fixed segment a word. */
  readonly segments: readonly { readonly name?: string; readonly word?: string }[];
  readonly actions: Map<string, Action>;
}

function groupByPath(actions: readonly Action[]): Pattern[] {
  const patterns = new Map<string, Pattern>();
  for (const action of actions) {
    const segments = action.path
      .split('/')
      .map((segment) => (segment.startsWith('{') ? { name: segment.slice(1, -1) } : { word: segment }));
    const pattern = patterns.get(action.path) ?? { segments, actions: new Map() };
    pattern.actions.set(action.method, action);
    patterns.set(action.path, pattern);
  }
  return [...patterns.values()];
}

/** An empty parameter does not match: `/queues/` is not the queue without a name. */
function matches(pattern: Pattern, segments: readonly string[]): boolean {
  if (pattern.segments.length !== segments.length) return false;
  return pattern.segments.every(({ word }, index) =>
    word === undefined ? segments[index] !== '' : segments[index] === word,
  );
}

function parametersOf(pattern: Pattern, segments: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [index, { name }] of pattern.segments.entries()) {
    if (name !== undefined) parameters[name] = decode(segments[index] ?? '');
  }
  return parameters;
}

/** Undecodable text stays as it is, and no name allows it. */
function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Names the path with single slashes: a base address that ends with a slash doubles it. */
export function nothingAt(path: string): Refusal {
  const single = path.replaceAll(/\/{2,}/g, '/');
  const hint = single === path ? '' : `; with single slashes it is ${inWords(single)}`;
  return new Refusal('notFound', `there is nothing at ${inWords(path)}${hint}`);
}

function methodNotAllowed(method: string, allowed: readonly string[]): Refusal {
  const names = allowed.flatMap((name) => (name === 'GET' ? [name, 'HEAD'] : [name])).join(', ');
  return new Refusal('methodNotAllowed', `${method} is not allowed here; allowed: ${names}`, {
    headers: { allow: names },
  });
}
