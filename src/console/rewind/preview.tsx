import Alert from '@cloudscape-design/components/alert';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { GetQueueAnswer, LookAtMessagesAnswer, SeenMessage, StartRewindAnswer200 } from '../../client/api.d.ts';
import { useConsole } from '../frame/index.ts';
import { Failure, Moment, To } from '../parts/index.ts';
import {
  countText,
  firstLine,
  isWanted,
  lookAtMessages,
  messagesText,
  type RewindRequest,
  startRewind,
} from '../rules/index.ts';

/** Messages that the preview shows: enough to see whether the time is right. */
const EXAMPLES = 5;
/** Deleted messages that the preview reads in search of examples. */
const LOOKED_AT = 200;

export interface PreviewState {
  /** What the rewind would bring; `undefined` while it is counted. */
  readonly count: StartRewindAnswer200 | undefined;
  readonly examples: readonly SeenMessage[];
  readonly error: Error | null;
}

/** Counts exactly what a rewind would bring, and looks for examples. It changes nothing. */
export function usePreview(queue: string, request: RewindRequest | undefined): PreviewState {
  const { session } = useConsole();
  const isOn = request !== undefined;
  const count = useQuery({
    queryKey: ['preview', queue, request],
    enabled: isOn,
    // The count waits for the feed behind a barrier.
    refetchOnWindowFocus: false,
    queryFn: ({ signal }) => {
      if (request === undefined) throw new Error('there is nothing to count');
      return session.run<StartRewindAnswer200>(startRewind(queue, request, true).call, signal);
    },
  });
  const examples = useQuery({
    queryKey: ['examples', queue, request],
    enabled: isOn,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      // No message is deleted before it was sent.
      const query = { state: 'deleted' as const, from: request?.from, limit: LOOKED_AT };
      return session.run<LookAtMessagesAnswer>(lookAtMessages(queue, query).call, signal);
    },
  });
  const wanted = request === undefined ? [] : (examples.data?.messages.filter((one) => isWanted(one, request)) ?? []);
  return { count: count.data, examples: wanted.slice(0, EXAMPLES), error: count.error };
}

interface PreviewProps {
  readonly preview: PreviewState;
  readonly request: RewindRequest;
  readonly queue: GetQueueAnswer;
}

/** The exact number, examples, and what it does to consumers. */
export function Preview({ preview: { count, examples, error }, request, queue }: PreviewProps) {
  if (error !== null) return <Failure error={error} />;
  if (count === undefined) return <p role="status">Counting …</p>;
  const { matched, damaged, cutTo, cutReason, warnings = [] } = count;
  return (
    <section aria-label="Preview">
      <p role="status">
        <strong>{messagesText(matched)}</strong>, exactly, from <Moment at={request.from} isFull /> to{' '}
        <Moment at={request.to} isFull />.
      </p>
      {matched === 0 ? undefined : <p>{effectOf(queue, request, matched)}</p>}
      {cutTo === undefined ? undefined : (
        <Alert type="warning">
          The range is cut: complete from <Moment at={cutTo} isFull /> on. {cutReason}
        </Alert>
      )}
      {damaged === 0 ? undefined : <Alert type="warning">Up to {countText(damaged)} more cannot be read.</Alert>}
      {warnings.map((warning) => (
        <Alert key={warning} type="warning">
          {warning}
        </Alert>
      ))}
      <ul className="examples">
        {examples.map((message) => (
          <li key={message.id}>
            <Moment at={message.sentAt} />{' '}
            <To path={`/queues/${queue.name}/messages?id=${message.id}`}>{message.id.slice(0, 8)}…</To>{' '}
            <span className="mono">{firstLine(message.body, 100)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What running consumers will see. */
function effectOf({ counts, name }: GetQueueAnswer, { into, perSecond }: RewindRequest, matched: number): string {
  if (into !== undefined && into !== name)
    return `Consumers of ${into} receive them; those of ${name} see nothing of it.`;
  const beside = counts.ready === 0 ? 'No other message is ready' : `${messagesText(counts.ready)} are ready besides`;
  const pace = perSecond === undefined ? 'at once' : `over about ${countText(Math.ceil(matched / perSecond))} s`;
  return `They become ready ${pace}. ${beside}. Consumers see a message again that they have handled before.`;
}
