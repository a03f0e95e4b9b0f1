import type { SeenMessage } from '../../client/index.ts';
import { attributesText } from '../rules/attributes.ts';
import { stateText } from '../rules/states.ts';
import type { Colors, Column } from './output.ts';

type StateColor = 'green' | 'blue' | 'yellow' | 'red' | 'dim';

/** A state has the same colour everywhere, and its name is always written. */
const COLORS: Readonly<Record<SeenMessage['state'], StateColor>> = {
  ready: 'green',
  delayed: 'blue',
  inFlight: 'yellow',
  damaged: 'red',
  deleted: 'dim',
};

export const styledState = (colors: Colors, state: SeenMessage['state']): string =>
  colors[COLORS[state]](stateText(state));

/** A message of a look in a table. */
export const MESSAGE_COLUMNS: readonly Column<SeenMessage>[] = [
  { title: 'SENT', value: ({ sentAt }, { time }) => time(sentAt) },
  {
    title: 'STATE',
    value: ({ state }) => stateText(state),
    style: ({ state }, colors) => colors[COLORS[state]],
  },
  { title: 'ID', value: ({ id }) => id },
  { title: 'RECEIVES', value: ({ receiveCount }, { number }) => number(receiveCount), isRight: true },
  { title: 'BODY', value: ({ body, damage }) => damage ?? body, grows: true },
];

/** Everything that a look returns about one message. */
export const MESSAGE_PROPERTIES: readonly Column<SeenMessage>[] = [
  { title: 'id', value: ({ id }) => id },
  ...MESSAGE_COLUMNS.filter(({ title }) => title === 'STATE').map((column) => ({ ...column, title: 'state' })),
  { title: 'sent', value: ({ sentAt }, { time }) => time(sentAt) },
  { title: 'visible', value: ({ visibleAt }, { time }) => time(visibleAt) },
  { title: 'received first', value: ({ firstReceivedAt }, { time }) => time(firstReceivedAt) },
  { title: 'deleted', value: ({ deletedAt }, { time }) => time(deletedAt) },
  { title: 'receives', value: ({ receiveCount }, { number }) => number(receiveCount) },
  { title: 'rewound by', value: ({ rewoundBy }) => rewoundBy ?? '' },
  {
    title: 'dead letter of',
    value: ({ deadLetteredFrom: from }, { time }) => (from === undefined ? '' : `${from.queue}, ${time(from.at)}`),
  },
  { title: 'attributes', value: ({ attributes }) => attributesText(attributes) },
  { title: 'damage', value: ({ damage }) => damage ?? '' },
  { title: 'body', value: ({ body }) => body },
];
