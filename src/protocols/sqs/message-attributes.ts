import { ATTRIBUTE_NAME_LENGTH_MAX, ATTRIBUTES_PER_MESSAGE_MAX } from '../../model/limits.ts';
import type { MessageAttribute, MessageAttributes } from '../../model/message.ts';
import { invalidValue, SqsError } from './errors.ts';
import { list, map, structure, text, type Value } from './shapes.ts';
import { isXmlText } from './xml.ts';

const AttributeValue = structure({
  StringValue: text,
  BinaryValue: text,
  StringListValues: list(text, 'StringListValue'),
  BinaryListValues: list(text, 'BinaryListValue'),
  DataType: text,
});
type AttributeValue = Value<typeof AttributeValue>;

export const UserAttributes = map(AttributeValue, 'MessageAttribute');
export const SystemAttributes = map(AttributeValue, 'MessageSystemAttribute');

/**
 * SQS's own notes about a message are stored as attributes, under a prefix that SQS forbids to senders. So they pass
 * through archive and rewind like the others.
 */
const RESERVED_PREFIX = 'AWS.';
export const reservedName = (name: string): string => RESERVED_PREFIX + name;

type Entry = readonly [name: string, attribute: MessageAttribute];

/** The sender's attributes of a message, without SQS's own. */
export const userAttributes = (attributes: MessageAttributes): Entry[] =>
  Object.entries(attributes).filter(([name]) => !name.startsWith(RESERVED_PREFIX));

/** The values of SQS's own notes about a message. */
export const notedValues = (attributes: MessageAttributes): string[] =>
  Object.entries(attributes).flatMap(([name, { value }]) => (name.startsWith(RESERVED_PREFIX) ? [value] : []));

const TYPES = new Map([
  ['String', 'string'],
  ['Number', 'number'],
  ['Binary', 'binary'],
] as const);
const DATA_TYPES = { string: 'String', number: 'Number', binary: 'Binary' } as const;

export const dataTypeOf = ({ type, label }: MessageAttribute): string =>
  label === undefined ? DATA_TYPES[type] : `${DATA_TYPES[type]}.${label}`;

export function renderAttribute(attribute: MessageAttribute): object {
  const DataType = dataTypeOf(attribute);
  return attribute.type === 'binary'
    ? { BinaryValue: attribute.value, DataType }
    : { StringValue: attribute.value, DataType };
}

/** @throws SqsError `InvalidParameterValueException` */
export function parseUserAttributes(given: Value<typeof UserAttributes>): Entry[] {
  const entries = Object.entries(given);
  if (entries.length > ATTRIBUTES_PER_MESSAGE_MAX) {
    throw invalid(`Number of message attributes [${entries.length}] exceeds the allowed maximum [10].`);
  }
  return entries.map(([name, value]) => {
    checkName(name);
    return [name, parseAttribute(value, `Message (user) attribute '${name}'`)];
  });
}

/** The only system attribute that a sender may set: the trace of the message. */
export const TRACE_HEADER = 'AWSTraceHeader';

/** @throws SqsError `InvalidParameterValueException` */
export function parseSystemAttributes(given: Value<typeof SystemAttributes>): Entry[] {
  return Object.entries(given).map(([name, value]) => {
    const title = `Message (system) attribute '${name}'`;
    if (name !== TRACE_HEADER) throw invalid(`${title} is not a valid message system attribute.`);
    const attribute = parseAttribute(value, title);
    if (attribute.type !== 'string') throw invalid(`${title} must be of type 'String'.`);
    return [name, attribute];
  });
}

function checkName(name: string): void {
  if (name.length === 0) throw invalid('Message (user) attribute names must not be empty.');
  if (name.length > ATTRIBUTE_NAME_LENGTH_MAX) {
    throw invalid(`Message (user) attribute names must be shorter than ${ATTRIBUTE_NAME_LENGTH_MAX} Bytes`);
  }
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) {
    throw invalid(
      'Message (user) attributes name can only contain upper and lower score characters, digits, periods, ' +
        'hyphens and underscores. ',
    );
  }
  if (/^(aws|amazon)\.|^\.|\.$|\.\./i.test(name)) {
    throw invalid(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. " +
        "These strings are reserved for internal use. Additionally, they cannot start or end with '.'.",
    );
  }
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function parseAttribute(given: AttributeValue, title: string): MessageAttribute {
  const { DataType = '', StringValue, BinaryValue } = given;
  if (DataType === '') throw invalid(`${title} must contain a non-empty attribute type.`);
  const [prefix = '', ...rest] = DataType.split('.');
  const type = TYPES.get(prefix as 'String');
  if (type === undefined) {
    const reason = `The type of ${title} must be prefixed with "String", "Binary", or "Number".`;
    throw invalidValue('DataType', DataType, reason);
  }
  if (DataType.length > ATTRIBUTE_NAME_LENGTH_MAX) {
    throw invalid(`Message (user) attribute types must be shorter than ${ATTRIBUTE_NAME_LENGTH_MAX} Bytes`);
  }
  if (given.StringListValues !== undefined || given.BinaryListValues !== undefined) {
    throw new SqsError(
      'UnsupportedOperation',
      'Message attribute list values in SendMessage operation are not supported.',
    );
  }
  const value = type === 'binary' ? BinaryValue : StringValue;
  if (value === undefined || value === '')
    throw invalid(`${title} must contain a non-empty value of type '${prefix}'.`);
  if (type === 'number' && !NUMBER.test(value)) throw invalid(`Can't cast the value of ${title} to a number.`);
  if (type === 'binary' && !BASE64.test(value)) throw invalid(`${title} must contain a value in Base64.`);
  if (type === 'string' && !isXmlText(value)) throw invalid(INVALID_CHARACTERS);
  const label = rest.join('.');
  return { type, value: type === 'binary' ? canonical(value) : value, ...(label === '' ? {} : { label }) };
}

/** The canonical Base64, so that equal bytes are equal values. */
const canonical = (value: string): string => Buffer.from(value, 'base64').toString('base64');

const INVALID_CHARACTERS =
  'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | ' +
  '#x10000 to #x10FFFF';

/** @throws SqsError `InvalidMessageContents` for characters that SQS allows in no body */
export function checkContent(value: string): void {
  if (isXmlText(value)) return;
  throw new SqsError('InvalidMessageContents', INVALID_CHARACTERS);
}

/** Bytes that count against the size limit: names, types and values. */
export function attributeBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const [name, attribute] of entries) {
    const value =
      attribute.type === 'binary' ? Buffer.byteLength(attribute.value, 'base64') : Buffer.byteLength(attribute.value);
    bytes += name.length + Buffer.byteLength(dataTypeOf(attribute)) + value;
  }
  return bytes;
}

const invalid = (message: string): SqsError => new SqsError('InvalidParameterValueException', message);
