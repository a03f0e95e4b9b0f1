import { useSearchParams } from 'wouter';
import { isState, type State } from '../rules/index.ts';

interface Shown {
  readonly state: State;
  /** Where the list begins; absent: at the first message. */
  readonly from: string | undefined;
  /** The open message. */
  readonly id: string | undefined;
}

export interface MessageView extends Shown {
  readonly set: (change: Partial<Shown>) => void;
}

/** What the messages tab shows, kept in the address. */
export function useMessageView(): MessageView {
  const [parameters, setParameters] = useSearchParams();
  const state = parameters.get('state') ?? 'ready';
  return {
    state: isState(state) ? state : 'ready',
    from: parameters.get('from') ?? undefined,
    id: parameters.get('id') ?? undefined,
    set: (change) =>
      setParameters((before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(change)) {
          if (value === undefined) next.delete(name);
          else next.set(name, value);
        }
        return next;
      }),
  };
}
