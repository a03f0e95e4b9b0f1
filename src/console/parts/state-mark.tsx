import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { STATE_WORDS, type State } from '../rules/index.ts';

const TYPES: Readonly<Record<State, StatusIndicatorProps.Type>> = {
  ready: 'success',
  delayed: 'pending',
  inFlight: 'in-progress',
  deleted: 'stopped',
  damaged: 'error',
};

/** The state of a message: always the word, with an icon. */
export function StateMark({ state }: { readonly state: State }) {
  return <StatusIndicator type={TYPES[state]}>{STATE_WORDS[state]}</StatusIndicator>;
}
