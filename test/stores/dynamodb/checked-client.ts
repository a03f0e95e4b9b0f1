import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { cutAnswer, refusalOf, refusalOfAnswer, type WireAnswer, type WireRequest } from './dynamo-rules.ts';

interface HttpRequest {
  readonly body: Uint8Array;
}

interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/**
 * Makes a client meet DynamoDB's refusals and paging limits, whatever double of DynamoDB is behind it.
 *
 * It works next to the wire, so the client reads a refusal as one of DynamoDB's own.
 */
export function checked(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = JSON.parse(new TextDecoder().decode((args.request as HttpRequest).body)) as WireRequest;
      const refused = refusalOf(request);
      if (refused !== undefined) return { response: refusal(refused), output: undefined as never };
      const result = await next(args);
      const response = result.response as HttpAnswer;
      if (response.statusCode !== 200) return result;
      const answer = JSON.parse(await text(response.body)) as WireAnswer;
      const tooLarge = refusalOfAnswer(answer);
      const body = tooLarge === undefined ? bodyOf(cutAnswer(request, answer)) : undefined;
      return { ...result, response: body === undefined ? refusal(tooLarge ?? '') : { ...response, ...body } };
    },
    { step: 'deserialize', priority: 'low', name: 'rulesOfDynamo' },
  );
  return client;
}

const refusal = (message: string): HttpAnswer => ({
  statusCode: 400,
  ...bodyOf({ __type: 'com.amazon.coral.validate#ValidationException', message }),
});

function bodyOf(content: unknown): Pick<HttpAnswer, 'headers' | 'body'> {
  const bytes = Buffer.from(JSON.stringify(content));
  return { headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Readable.from([bytes]) };
}
