import { type Value, valueOfWire, type WireImage, type WireValue, wireOfValue } from '../stores/dynamodb/items.ts';
import { type ClientConfig, type HttpAnswer, SignedHttp, serviceAddress } from './lambda-http.ts';

/**
 * Replaces `@aws-sdk/client-dynamodb` and `@aws-sdk/lib-dynamodb` in bundles: the commands that the stores send, with
 * the interface of the document client.
 */
export class DynamoDBClient {
  readonly #http: SignedHttp;
  readonly #address = serviceAddress('dynamodb');

  constructor(config: ClientConfig) {
    this.#http = new SignedHttp('dynamodb', config);
  }

  /** @throws DynamoDBServiceException, or the connection's error when DynamoDB did not answer */
  async send({ operation, input }: Command): Promise<Members> {
    const answer = await this.#http.exchange(this.#address, {
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` },
      body: JSON.stringify(withItems(input, wireOf)),
    });
    if (answer.status !== 200) throw new DynamoDBServiceException(answer);
    return withItems(JSON.parse(answer.body.toString()) as Members, itemOf);
  }
}

/** The commands of this file already speak of plain values. */
export const DynamoDBDocumentClient = { from: (client: DynamoDBClient): DynamoDBClient => client };

type Members = Readonly<Record<string, unknown>>;

class Command {
  readonly operation: string;
  readonly input: Members;

  constructor(operation: string, input: Members) {
    this.operation = operation;
    this.input = input;
  }
}

const commandOf = (operation: string) =>
  class extends Command {
    constructor(input: Members) {
      super(operation, input);
    }
  };

export const BatchGetCommand = commandOf('BatchGetItem');
export const BatchWriteCommand = commandOf('BatchWriteItem');
export const DeleteCommand = commandOf('DeleteItem');
export const DescribeTableCommand = commandOf('DescribeTable');
export const GetCommand = commandOf('GetItem');
export const PutCommand = commandOf('PutItem');
export const QueryCommand = commandOf('Query');
export const ScanCommand = commandOf('Scan');
export const UpdateCommand = commandOf('UpdateItem');
export const UpdateTableCommand = commandOf('UpdateTable');

/** A refusal with the names and members of the SDK's errors. An item in it has its wire form there too. */
export class DynamoDBServiceException extends Error {
  readonly $fault: 'client' | 'server';

  constructor({ status, body }: HttpAnswer) {
    const { __type = '', message, Message = message, ...members } = membersOf(body);
    super(Message ?? `DynamoDB answered ${status}`);
    Object.assign(this, members);
    this.name = __type.split('#').at(-1) || 'UnknownError';
    this.$fault = status < 500 ? 'client' : 'server';
  }
}

/** An error's type, its text, which two kinds of errors spell differently, and what else it says. */
interface Refusal {
  readonly __type?: string;
  readonly message?: string;
  readonly Message?: string;
}

/** A proxy may answer with what is no JSON. */
function membersOf(body: Buffer): Refusal {
  try {
    return JSON.parse(body.toString()) as Refusal;
  } catch {
    return {};
  }
}

/** Members that are items, at any depth, in requests and answers. */
const ITEMS = new Set([
  'Attributes',
  'ExclusiveStartKey',
  'ExpressionAttributeValues',
  'Item',
  'Key',
  'LastEvaluatedKey',
]);
/** Members that are lists of items. `Responses` has one for each table. */
const LISTS = new Set(['Items', 'Keys']);

function withItems(members: Members, convert: (item: never) => Members, isInResponses = false): Members {
  const converted = (name: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (ITEMS.has(name)) return convert(value as never);
    if (!Array.isArray(value)) return withItems(value as Members, convert, name === 'Responses');
    const isList = isInResponses || LISTS.has(name);
    return value.map((one) => (isList ? convert(one as never) : converted('', one)));
  };
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, converted(name, value)]));
}

const wireOf = (item: Readonly<Record<string, Value>>): WireImage =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, wireOfValue(value)]));

/** An attribute of a type that our items do not have stays as it is, and the item's decoder refuses it. */
const itemOf = (image: WireImage): Members =>
  Object.fromEntries(Object.entries(image).map(([name, wire]) => [name, isOurs(wire) ? valueOfWire(wire) : wire]));

const isOurs = ({ S, N, NS, B }: WireValue): boolean => (S ?? N ?? NS ?? B) !== undefined;
