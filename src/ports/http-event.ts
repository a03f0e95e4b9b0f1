import type { QueueError } from '../model/errors.ts';

/**
 * What the protocols read of an event of API Gateway or a function URL, payload format 2.0. The local server makes the
 * same of a request.
 */
export interface HttpEvent {
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Of the route that a gateway matched, decoded. */
  readonly pathParameters?: Readonly<Record<string, string>> | undefined;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Text, or Base64 where the bytes were no text to the gateway. */
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: {
    readonly requestId: string;
    /** Present where a gateway stands before this. */
    readonly apiId?: string;
    readonly http: { readonly method: string };
  };
  /** Why the host does not want the call answered, for the protocol to say it in its form. */
  readonly refused?: QueueError;
}

/** The answer as API Gateway takes it. */
export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded?: boolean;
}
