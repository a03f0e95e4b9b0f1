import type { SeenMessage } from '../../client/index.ts';
import { WrongUse } from './exit-codes.ts';

type State = SeenMessage['state'];

/** The states that a look shows, by the words of the command line. */
const BY_WORD: Readonly<Record<string, State>> = {
  ready: 'ready',
  delayed: 'delayed',
  'in-flight': 'inFlight',
  inFlight: 'inFlight',
  damaged: 'damaged',
  deleted: 'deleted',
};

export const STATE_WORDS = ['ready', 'delayed', 'in-flight', 'damaged', 'deleted'] as const;

/** @throws WrongUse */
export function parseState(text: string): State {
  const state = Object.hasOwn(BY_WORD, text) ? BY_WORD[text] : undefined;
  if (state !== undefined) return state;
  throw new WrongUse(`Allowed are ${STATE_WORDS.join(', ')}.`);
}

/** Some states, like `ready,in-flight`, or `all`. @throws WrongUse */
export const parseStates = (text: string): readonly State[] =>
  text === 'all' ? STATE_WORDS.map(parseState) : [...new Set(text.split(',').map(parseState))];

export const stateText = (state: State): string => (state === 'inFlight' ? 'in flight' : state);
