import { invalidValue, SqsError } from './errors.ts';
import type { Shape } from './shapes.ts';

/** Parameters of a call as a tree: `Attribute.1.Name=x` is a text at depth three. */
export interface Parameters {
  text?: string;
  readonly inner: Map<string, Parameters>;
}

/** The longest call has ten messages of ten attributes, three parameters each. */
const PARAMETERS_MAX = 2_000;
/** Steps of a name; no parameter of SQS has more, and deep names must not fill the memory. */
const DEPTH_MAX = 8;
/** Characters of a name that a refusal quotes. */
export const NAME_SHOWN_MAX = 80;

/** Reads the parameters of a query string and a form. @throws SqsError `MalformedQueryString` */
export function readParameters(...texts: readonly string[]): Parameters {
  const root: Parameters = { inner: new Map() };
  let count = 0;
  for (const text of texts) {
    for (let start = 0; start < text.length; ) {
      const found = text.indexOf('&', start);
      const end = found === -1 ? text.length : found;
      if (end > start) put(root, text.slice(start, end));
      if (++count > PARAMETERS_MAX) throw malformed(`there are more than ${PARAMETERS_MAX} parameters`);
      start = end + 1;
    }
  }
  return root;
}

function put(root: Parameters, pair: string): void {
  const equalsAt = pair.indexOf('=');
  const name = decode(equalsAt === -1 ? pair : pair.slice(0, equalsAt));
  const steps = name.split('.', DEPTH_MAX);
  let node = root;
  for (const step of steps) {
    const next: Parameters = node.inner.get(step) ?? { inner: new Map() };
    node.inner.set(step, next);
    node = next;
  }
  const text = equalsAt === -1 ? '' : decode(pair.slice(equalsAt + 1));
  if (node.text !== undefined && node.text !== text) {
    throw malformed(`the parameter ${name.slice(0, NAME_SHOWN_MAX)} is given more than once`);
  }
  node.text = text;
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw malformed('a parameter is not percent-encoded UTF-8');
  }
}

const malformed = (reason: string) => new SqsError('MalformedQueryString', `The query string is malformed: ${reason}.`);

/** Converts the parameters to the JSON form of the shape; ignores all others. */
export function toJson(shape: Shape, node: Parameters, name = ''): unknown {
  switch (shape.kind) {
    case 'text':
      return node.text;
    case 'integer':
      if (node.text === undefined || node.text === '') return undefined;
      if (!/^[+-]?\d{1,10}$/.test(node.text)) throw invalidValue(name, node.text, 'Must be an integer.');
      return Number(node.text);
    case 'list':
      // A list of one may have no number: `AttributeName=All`.
      if (node.text !== undefined && node.inner.size === 0) return [toJson(shape.of, node, name)];
      return numbered(node).map(([, item]) => toJson(shape.of, item, name));
    case 'map': {
      const { key, value } = shape.query;
      // Without a number there is one entry.
      const entries = node.inner.has(key) ? [node] : numbered(node).map(([, entry]) => entry);
      return Object.fromEntries(
        entries.map((entry) => [
          entry.inner.get(key)?.text ?? '',
          toJson(shape.of, entry.inner.get(value) ?? EMPTY, name) ?? '',
        ]),
      );
    }
    case 'structure': {
      const members: Record<string, unknown> = {};
      for (const [member, inner] of Object.entries(shape.members)) {
        const found = queryNames(inner, member)
          .map((one) => node.inner.get(one))
          .find((one) => one !== undefined);
        if (found !== undefined) members[member] = toJson(inner, found, member);
      }
      return members;
    }
  }
}

const EMPTY: Parameters = { inner: new Map() };

/** Some clients use plural names for the entries of a map. */
function queryNames(shape: Shape, member: string): readonly string[] {
  if (shape.kind === 'list') return [shape.query];
  return shape.kind === 'map' ? [shape.query.entry, `${shape.query.entry}s`] : [member];
}

const numbered = (node: Parameters): [string, Parameters][] =>
  [...node.inner].filter(([step]) => /^\d+$/.test(step)).sort(([one], [other]) => Number(one) - Number(other));
