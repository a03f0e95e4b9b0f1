import type { QueueError } from '../model/errors.ts';

/**
 * The fields of an event of API Gateway or a function URL, payload format 2.0, that the protocols read. The local
 * server builds the same event from a request.
 */
export interface HttpEvent {
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Parameters of the route that a gateway matched, decoded. */
  readonly pathParameters?: Readonly<Record<string, string>> | undefined;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Text, or Base64 if the gateway found no text in the bytes. */
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: {
    readonly requestId: string;
    /** Present behind a gateway. */
    readonly apiId?: string;
    readonly http: { readonly method: string };
    /** What a JWT authorizer verified; only a gateway sets it. */
    readonly authorizer?: { readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> } };
  };
  /** Why the host refuses the call; the protocol renders the refusal. */
  readonly refused?: QueueError | undefined;
}

/** The answer in API Gateway's form. */
export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded?: boolean;
}
