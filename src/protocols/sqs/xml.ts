import type { Message } from '../../model/message.ts';
import { NO_SUCH_QUEUE_IN_XML, SQS_ERRORS, type SqsError } from './errors.ts';

const DECLARATION = '<?xml version="1.0"?>';
const NAMESPACE = 'xmlns="http://queue.amazonaws.com/doc/2012-11-05/"';

/** Elements for the entries of a list; those of a batch are named after the call. */
const LIST_ELEMENTS = new Map([
  ['QueueUrls', 'QueueUrl'],
  ['queueUrls', 'QueueUrl'],
  ['Messages', 'Message'],
  ['Failed', 'BatchResultErrorEntry'],
]);
/** Elements for the entries of a map, and the element of their name. */
const MAP_ELEMENTS = new Map([
  ['Attributes', ['Attribute', 'Name']],
  ['MessageAttributes', ['MessageAttribute', 'Name']],
  ['Tags', ['Tag', 'Key']],
] as const);

/** An answer for Query clients; `answer` is that for JSON clients, absent for a call without content. */
export function renderXml(action: string, answer: object | undefined, requestId: string): string {
  const result =
    answer === undefined ? '' : `<${action}Result>${renderMembers(answer, `${action}ResultEntry`)}</${action}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${escapeXml(requestId)}</RequestId></ResponseMetadata>`;
  return `${DECLARATION}<${action}Response ${NAMESPACE}>${result}${metadata}</${action}Response>`;
}

export function renderXmlError(error: SqsError, requestId: string): string {
  const type = error.isSenderFault ? 'Sender' : 'Receiver';
  const message = error.code === 'QueueDoesNotExist' ? NO_SUCH_QUEUE_IN_XML : error.message;
  const code = SQS_ERRORS[error.code].query;
  const told = `<Type>${type}</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message>`;
  const request = `<RequestId>${escapeXml(requestId)}</RequestId>`;
  return `${DECLARATION}<ErrorResponse ${NAMESPACE}><Error>${told}<Detail/></Error>${request}</ErrorResponse>`;
}

function renderMembers(members: object, entryElement: string): string {
  let xml = '';
  for (const [name, value] of Object.entries(members) as [string, unknown][]) {
    const map = MAP_ELEMENTS.get(name as 'Tags');
    if (value === undefined) continue;
    if (Array.isArray(value)) {
      const element = LIST_ELEMENTS.get(name) ?? entryElement;
      for (const item of value as unknown[]) xml += renderElement(element, item, entryElement);
    } else if (map !== undefined) {
      const [element, key] = map;
      for (const [entryName, Value] of Object.entries(value as object))
        xml += renderElement(element, { [key]: entryName, Value: Value as unknown }, entryElement);
    } else xml += renderElement(name, value, entryElement);
  }
  return xml;
}

function renderElement(name: string, value: unknown, entryElement: string): string {
  if (typeof value === 'object' && value !== null) {
    return `<${name}>${renderMembers(value, entryElement)}</${name}>`;
  }
  const content = typeof value === 'string' ? escapeXml(value) : JSON.stringify(value);
  return `<${name}>${content}</${name}>`;
}

/** Characters that XML 1.0 cannot represent; SQS refuses them in a message, but REST does not. */
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const ALL_NO_XML = new RegExp(NO_XML, 'gu');

export const isXmlText = (value: string): boolean => !NO_XML.test(value);
/** The text with a mark in place of each character that XML cannot represent. */
export const toXmlText = (value: string): string => (isXmlText(value) ? value : value.replace(ALL_NO_XML, '\ufffd'));

const ESCAPES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  // XML readers would turn it into a line feed.
  ['\r', '&#xD;'],
]);

/** Size of a message's texts in an XML answer. */
export const xmlBytes = ({ body, attributes }: Message): number =>
  Buffer.byteLength(escapeXml(body)) + Buffer.byteLength(escapeXml(JSON.stringify(attributes)));

const escapeXml = (value: string): string =>
  toXmlText(value).replace(/[&<>"\r]/g, (character) => ESCAPES.get(character) ?? character);
