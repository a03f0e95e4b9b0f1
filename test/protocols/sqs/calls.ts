import type { HttpEvent } from '../../../src/ports/http-event.ts';

const FRAME = {
  routeKey: '$default',
  rawQueryString: '',
  requestContext: { requestId: 'request-1', http: { method: 'POST' } },
};

/** A call in AWS JSON 1.0, as an SDK sends it. */
export const jsonCall = (action: string, input: unknown, more: Partial<HttpEvent> = {}): HttpEvent => ({
  ...FRAME,
  rawPath: '/',
  headers: {
    host: 'queues.example.com',
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `AmazonSQS.${action}`,
  },
  body: typeof input === 'string' ? input : JSON.stringify(input),
  ...more,
});

/** The same call in Query form. */
export const queryCall = (parameters: Record<string, string>, more: Partial<HttpEvent> = {}): HttpEvent => ({
  ...FRAME,
  rawPath: '/',
  headers: { host: 'queues.example.com', 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(parameters).toString(),
  ...more,
});
