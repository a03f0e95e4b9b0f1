import type { Owner } from '../protocols/sqs/queue-names.ts';

/** The owner of the queues, from a function's own ARN: `arn:aws:lambda:<region>:<account>:function:<name>`. */
export function ownerOf(functionArn: string): Owner {
  const [, , , region = '', account = ''] = functionArn.split(':');
  return { region, account };
}
