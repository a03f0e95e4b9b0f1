import { type Action, action } from '../action.ts';
import { SqsError } from '../errors.ts';
import { integer, required, text } from '../shapes.ts';

/** Dead letters are brought back by redrive, which this endpoint does not offer yet. */
function unsupported(): never {
  throw new SqsError(
    'UnsupportedOperation',
    'Message move tasks are not supported yet; receive the messages of the dead-letter queue and send them again.',
  );
}

export const messageMoveTaskActions: readonly Action[] = [
  action({
    name: 'StartMessageMoveTask',
    input: { SourceArn: required(text), DestinationArn: text, MaxNumberOfMessagesPerSecond: integer },
    answer: async () => unsupported(),
  }),
  action({
    name: 'ListMessageMoveTasks',
    input: { SourceArn: required(text), MaxResults: integer },
    answer: async () => unsupported(),
  }),
  action({ name: 'CancelMessageMoveTask', input: { TaskHandle: required(text) }, answer: async () => unsupported() }),
];
