import type { SeenMessage } from '../../client/api.d.ts';
import { Moment, type TableColumn } from '../parts/index.ts';
import { bytesOf, bytesText, firstLine, type State, TIME_WORDS, timeOf } from '../rules/index.ts';

const HELD_BY: TableColumn<SeenMessage> = {
  id: 'heldBy',
  title: 'Held by',
  px: 140,
  cell: ({ heldBy }) => (heldBy === undefined ? <span className="quiet">not known</span> : firstLine(heldBy)),
};

/** Columns of a list of messages of one state. */
export const messageColumns = (state: State): TableColumn<SeenMessage>[] => [
  { id: 'time', title: TIME_WORDS[state], px: 110, isTime: true, cell: (message) => <Moment at={timeOf(message)} /> },
  { id: 'sent', title: 'Sent', px: 110, isExtra: true, cell: ({ sentAt }) => <Moment at={sentAt} /> },
  {
    id: 'body',
    title: 'Body',
    px: 360,
    cell: ({ body, damage }) => <span className="mono">{firstLine(damage ?? body)}</span>,
  },
  ...(state === 'inFlight' ? [HELD_BY] : []),
  { id: 'size', title: 'Size', px: 80, isNumber: true, isExtra: true, cell: ({ body }) => bytesText(bytesOf(body)) },
  {
    id: 'receives',
    title: 'Receives',
    px: 70,
    isNumber: true,
    isExtra: true,
    cell: ({ receiveCount }) => receiveCount,
  },
];
