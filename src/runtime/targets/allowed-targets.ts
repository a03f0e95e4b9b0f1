/** Whether an operator allows the origin of a URL, or the URL itself. */
export const isAllowedUrl = (url: URL, allowed: readonly string[]): boolean =>
  allowed.some((one) => URL.canParse(one) && (isOrigin(one) ? new URL(one).origin === url.origin : one === url.href));

const isOrigin = (text: string): boolean => new URL(text).origin === text.replace(/\/$/, '');

/** Whether an operator allows a function of Lambda. An ARN that ends in `*` allows all that begin so. */
export const isAllowedFunction = (arn: string, allowed: readonly string[]): boolean =>
  allowed.some(
    (one) => one === arn || (one.startsWith('arn:') && one.endsWith('*') && arn.startsWith(one.slice(0, -1))),
  );

/** Whether a text can allow anything. */
export const isAllowance = (text: string): boolean =>
  /^https?:/.test(text) ? URL.canParse(text) : /^arn:[^:]*:lambda:/.test(text);
