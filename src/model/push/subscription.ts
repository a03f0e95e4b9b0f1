/** Where a queue pushes its messages. */
export type PushDestination =
  | { readonly kind: 'lambda'; readonly arn: string }
  /** A function exported by a file, on one machine: it runs in a process of its own. */
  | { readonly kind: 'file'; readonly path: string; readonly handler: string }
  | { readonly kind: 'https'; readonly url: string }
  | { readonly kind: 'sqs'; readonly url: string };

/** `sqs`: as an SQS trigger of Lambda has it; `raw`: as REST answers a receive, or the body alone. */
export type PushFormat = 'sqs' | 'raw';
