import Button from '@cloudscape-design/components/button';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { GetQueueAnswer, LookAtMessagesAnswer, SeenMessage } from '../../client/api.d.ts';
import { useConsole } from '../frame/index.ts';
import { Failure, SameElsewhere, VirtualTable } from '../parts/index.ts';
import { countText, firstLine, holdersOf, lookAtMessages, STATE_WORDS, STATES, type State } from '../rules/index.ts';
import { Jump } from './jump.tsx';
import { messageColumns } from './message-columns.tsx';
import { MessagePanel } from './message-panel.tsx';
import { type MessageView, useMessageView } from './message-view.ts';
import { Ticked, tickColumn, useTicks } from './ticks.tsx';

/** Messages of one request: several screens of them. */
const PAGE = 100;

/** Messages of one state, from a time on, by pages; a row opens the message beside them. */
export function Messages({ queue }: { readonly queue: GetQueueAnswer }) {
  const view = useMessageView();
  const { state, from, id } = view;
  const look = usePages(queue.name, state, from);
  const messages = look.data?.pages.flatMap((page) => page.messages) ?? [];
  const { hasNextPage, isFetching, fetchNextPage } = look;
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  const ticks = useTicks(`${queue.name} ${state}`);
  const isTickable = state === 'ready' && messages.some(({ deadLetteredFrom }) => deadLetteredFrom !== undefined);
  return (
    <div className="view">
      <Choices queue={queue} view={view} />
      <Ticked queue={queue.name} messages={messages} ticks={ticks} />
      {look.error === null ? undefined : <Failure error={look.error} retry={() => void look.refetch()} />}
      <div className={id === undefined ? 'split' : 'split is-open'}>
        <div>
          <VirtualTable
            label={`Messages: ${STATE_WORDS[state]}`}
            rows={messages}
            columns={isTickable ? [tickColumn(ticks), ...messageColumns(state)] : messageColumns(state)}
            onTick={isTickable ? ticks.tick : undefined}
            keyOf={({ id }) => id}
            openKey={id}
            onOpen={(message) => view.set({ id: message.id })}
            onEnd={more}
            empty={
              look.isPending ? 'Reading …' : <Nothing queue={queue} view={view} isAll={!hasNextPage} more={more} />
            }
          />
          {state === 'inFlight' ? <HeldBy messages={messages} /> : undefined}
          <p className="quiet" role="status">
            {countText(messages.length)} shown{hasNextPage ? '; more come as you scroll' : ''}.
          </p>
        </div>
        {id === undefined ? undefined : (
          <MessagePanel queue={queue.name} id={id} step={(by) => stepOf(messages, id, by)} view={view} />
        )}
      </div>
      <SameElsewhere action={lookAtMessages(queue.name, { state, from, limit: PAGE })} />
    </div>
  );
}

/** Names that fit two lines. */
const HOLDERS_SHOWN = 8;

/** The holders of the messages in view, the largest first: a worker that hangs is among them. */
function HeldBy({ messages }: { readonly messages: readonly SeenMessage[] }) {
  const holders = holdersOf(messages);
  if (holders.length === 0) return undefined;
  const shown = holders.slice(0, HOLDERS_SHOWN).map(([holder, count]) => `${firstLine(holder)} ${countText(count)}`);
  const more = holders.length > HOLDERS_SHOWN ? `, and ${countText(holders.length - HOLDERS_SHOWN)} more` : '';
  return (
    <p>
      Held by: {shown.join(', ')}
      {more}
    </p>
  );
}

/** The message before or after the open one. */
const stepOf = (messages: readonly SeenMessage[], id: string, by: -1 | 1): string | undefined =>
  messages[messages.findIndex((message) => message.id === id) + by]?.id;

function usePages(queue: string, state: State, from: string | undefined) {
  const { session } = useConsole();
  return useInfiniteQuery({
    queryKey: ['messages', queue, state, from],
    queryFn: ({ pageParam, signal }) => {
      const query = { state, from, limit: PAGE, cursor: pageParam };
      return session.run<LookAtMessagesAnswer>(lookAtMessages(queue, query).call, signal);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ cursor }) => cursor,
    refetchOnWindowFocus: false,
  });
}

function Choices({ queue: { counts }, view }: { readonly queue: GetQueueAnswer; readonly view: MessageView }) {
  const counted: Readonly<Record<State, number>> = counts;
  return (
    <div className="row">
      <SegmentedControl
        label="State"
        selectedId={view.state}
        onChange={({ detail }) => view.set({ state: detail.selectedId as State, id: undefined, from: undefined })}
        options={STATES.filter((state) => state !== 'damaged' || counted.damaged > 0 || view.state === state).map(
          (state) => ({ id: state, text: `${STATE_WORDS[state]} ${countText(counted[state])}` }),
        )}
      />
      <Jump view={view} />
    </div>
  );
}

interface NothingProps {
  readonly queue: GetQueueAnswer;
  readonly view: MessageView;
  readonly isAll: boolean;
  readonly more: () => void;
}

/** Why there is nothing, and what to do. */
function Nothing({ queue, view: { state, from, set }, isAll, more }: NothingProps) {
  const word = STATE_WORDS[state].toLowerCase();
  if (!isAll) {
    return (
      <>
        None in the part that was read. <Button onClick={more}>Read on</Button>
      </>
    );
  }
  if (from !== undefined) {
    return (
      <>
        No {word} message from {from} on. <Button onClick={() => set({ from: undefined })}>From the first on</Button>
      </>
    );
  }
  if (state === 'deleted' && queue.rewindSeconds === 0) return 'This queue keeps no deleted messages.';
  if (state === 'deleted' && queue.counts.deleted > 0) {
    return `${countText(queue.counts.deleted)} were deleted. They show here once they are archived, in a moment.`;
  }
  return `No message is ${word}.`;
}
