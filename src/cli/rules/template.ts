/** The fields that a format can name. */
export interface Formatted {
  readonly body: string;
  readonly attributes: Readonly<Record<string, { readonly value: string }>>;
}

const FIELD = /\{([^{}]+)\}/g;

/**
 * A line for a message: `{id}`, `{sentAt}`, `{body}` and any other field by its name, `{body.a.b}` from a JSON body,
 * `{attributes.name}`. A missing value is empty.
 */
export const formatMessage = (format: string, message: Formatted): string =>
  format.replace(FIELD, (_, path: string) => valueText(valueAt(message, path.split('.'))));

function valueAt({ body, ...message }: Formatted, [first = '', ...path]: readonly string[]): unknown {
  if (first === 'body') return path.length === 0 ? body : inside(parsed(body), path);
  // Names of attributes may have dots.
  if (first === 'attributes') return inside(message.attributes, [path.join('.'), 'value']);
  return inside(message, [first, ...path]);
}

const own = (value: object, name: string): boolean => Object.hasOwn(value, name);

const inside = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (part, name) =>
      typeof part === 'object' && part !== null && own(part, name)
        ? (part as Record<string, unknown>)[name]
        : undefined,
    value,
  );

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
