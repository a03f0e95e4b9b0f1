import { type ClientConfig, givenAddress, type HttpAnswer, SignedHttp, serviceHost } from './lambda-http.ts';

/**
 * Stands in for `@aws-sdk/client-dynamodb` and `@aws-sdk/lib-dynamodb` in bundles: the commands that the stores send, as
 * they send them. Each is tried once, for only a store knows which may be repeated.
 */
export class DynamoDBClient {
  readonly #http: SignedHttp;
  readonly #address: URL;

  constructor(config: ClientConfig) {
    const given = givenAddress('DYNAMODB');
    this.#http = new SignedHttp('dynamodb', config);
    this.#address = new URL(given === '' ? `https://${serviceHost('dynamodb')}` : given);
  }

  /** @throws DynamoDBServiceException, or the connection's error when DynamoDB did not answer */
  async send({ operation, input }: Command): Promise<unknown> {
    const answer = await this.#http.exchange(this.#address, {
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` },
      body: JSON.stringify(encodeInput(input)),
    });
    if (answer.status !== 200) throw new DynamoDBServiceException(answer);
    return decodeOutput(JSON.parse(answer.body.toString()) as Members);
  }
}

/** The client that translates values, which this one does anyway. */
export const DynamoDBDocumentClient = { from: (client: DynamoDBClient): DynamoDBClient => client };

/** A refusal, with the names that errors of the SDK have; an item in it stays as it came over the wire. */
export class DynamoDBServiceException extends Error {
  readonly $fault: 'client' | 'server';
  readonly $metadata: { readonly httpStatusCode: number };

  constructor({ status, body }: HttpAnswer) {
    const { __type: type = 'UnknownError', message, Message, ...members } = refusalIn(body);
    super(message ?? Message ?? `DynamoDB answered ${status}`);
    Object.assign(this, members);
    this.name = type.replace(/^.*#/, '');
    this.$fault = status < 500 ? 'client' : 'server';
    this.$metadata = { httpStatusCode: status };
  }
}

/** Errors spell the name of their message in both ways. */
interface WireRefusal {
  readonly __type?: string;
  readonly message?: string;
  readonly Message?: string;
}

/** What is no JSON comes from something between us and DynamoDB. */
function refusalIn(body: Buffer): WireRefusal {
  try {
    return JSON.parse(body.toString()) as WireRefusal;
  } catch {
    return {};
  }
}

type Members = Readonly<Record<string, unknown>>;

class Command {
  readonly operation: string;
  readonly input: Members;

  constructor(operation: string, input: Members) {
    this.operation = operation;
    this.input = input;
  }
}

const command = (operation: string) =>
  class extends Command {
    constructor(input: Members) {
      super(operation, input);
    }
  };

export const BatchGetCommand = command('BatchGetItem');
export const BatchWriteCommand = command('BatchWriteItem');
export const DeleteCommand = command('DeleteItem');
export const GetCommand = command('GetItem');
export const PutCommand = command('PutItem');
export const QueryCommand = command('Query');
export const UpdateCommand = command('UpdateItem');
export const DescribeTableCommand = command('DescribeTable');
export const UpdateTableCommand = command('UpdateTable');

/** Members of requests and answers that hold items, wherever they stand. */
const ITEMS = new Set([
  'Attributes',
  'ExclusiveStartKey',
  'ExpressionAttributeValues',
  'Item',
  'Key',
  'LastEvaluatedKey',
]);
const LISTS_OF_ITEMS = new Set(['Items', 'Keys']);

const encodeInput = (input: Members): Members => translate(input, encodeItem) as Members;

/** An answer's items by table are lists beside other lists, so they are told apart by where they stand. */
function decodeOutput({ Responses: responses, ...output }: Members): Members {
  const decoded = translate(output, decodeItem) as Members;
  if (responses === undefined) return decoded;
  const byTable = Object.entries(responses as Record<string, Members[]>);
  return { ...decoded, Responses: Object.fromEntries(byTable.map(([table, items]) => [table, items.map(decodeItem)])) };
}

/** Walks a request or an answer, and translates each item in it. */
function translate(value: unknown, translateItem: (item: Members) => Members): unknown {
  if (Array.isArray(value)) return value.map((one) => translate(one, translateItem));
  if (typeof value !== 'object' || value === null) return value;
  const translated: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (ITEMS.has(name)) translated[name] = translateItem(member as Members);
    else if (LISTS_OF_ITEMS.has(name)) translated[name] = (member as Members[]).map(translateItem);
    else translated[name] = translate(member, translateItem);
  }
  return translated;
}

const encodeItem = (item: Members): Members => mapped(item, encodeValue);
const decodeItem = (item: Members): Members => mapped(item, decodeValue);

function mapped(item: Members, translateValue: (value: unknown) => unknown): Members {
  const translated: Record<string, unknown> = {};
  for (const name in item) translated[name] = translateValue(item[name]);
  return translated;
}

/** The kinds of values that items of ours have. */
function encodeValue(value: unknown): Members {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (value instanceof Uint8Array)
    return { B: Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64') };
  if (value instanceof Set) return { NS: [...value].map(String) };
  throw new TypeError(`a ${typeof value} is no value of an item`);
}

/** A kind that no item of ours has stays as it came, for the store to refuse. */
function decodeValue(value: unknown): unknown {
  const { S, N, B, NS } = value as { S?: string; N?: string; B?: string; NS?: readonly string[] };
  if (S !== undefined) return S;
  if (N !== undefined) return Number(N);
  if (B !== undefined) return Buffer.from(B, 'base64');
  if (NS !== undefined) return new Set(NS.map(Number));
  return value;
}
