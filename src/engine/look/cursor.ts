import { QueueError } from '../../model/errors.ts';

/** Characters of a foreign cursor that the refusal quotes. */
const SHOWN_LENGTH = 60;

/** The refusal of a cursor that no page returned. */
export const foreignCursor = (text: string): QueueError =>
  new QueueError(
    'InvalidField',
    `"${text.slice(0, SHOWN_LENGTH)}" is no cursor; use the one that the page before gave`,
    {
      field: 'cursor',
    },
  );
