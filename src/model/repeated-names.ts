/** A list with its current index; an object with its names so far and the last of them. */
type Open = number | { readonly names: Set<string>; last: string; isNameNext: boolean };

const [QUOTE, COMMA, BACKSLASH] = ['"', ',', '\\'].map((one) => one.charCodeAt(0));
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = ['{', '}', '[', ']'].map((one) => one.charCodeAt(0));
/** No field lies deeper; deeper input is refused without a look. */
const DEPTH_MAX = 32;

/**
 * The path to a name that occurs twice in an object; `JSON.parse` keeps the last one.
 *
 * @param json - text that `JSON.parse` accepts
 * @remarks Cost: a few steps for each text, number and bracket; none for the inside of texts.
 */
export function repeatedName(json: string): PropertyKey[] | undefined {
  const open: Open[] = [];
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    const innermost = open.at(-1);
    if (code === QUOTE) {
      const end = endOfText(json, at);
      if (typeof innermost === 'object' && innermost.isNameNext && !tryName(innermost, json.slice(at, end))) {
        return open.map((one) => (typeof one === 'number' ? one : one.last));
      }
      at = end - 1;
    } else if (code === OPEN_OBJECT) {
      open.push({ names: new Set(), last: '', isNameNext: true });
    } else if (code === OPEN_LIST) {
      open.push(0);
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      open.pop();
    } else if (code === COMMA) {
      if (typeof innermost === 'number') open[open.length - 1] = innermost + 1;
      else if (innermost !== undefined) innermost.isNameNext = true;
    }
    if (open.length > DEPTH_MAX) return undefined;
  }
  return undefined;
}

/** @returns whether the name is new in the object */
function tryName(object: Exclude<Open, number>, quoted: string): boolean {
  const name = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  object.last = name;
  object.isNameNext = false;
  const isNew = !object.names.has(name);
  object.names.add(name);
  return isNew;
}

/** The position after the quote that ends the text which begins at `start`. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
}
