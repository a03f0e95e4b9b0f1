import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useDeferredValue, useState } from 'react';
import type { GetQueueAnswer, Rewind } from '../../client/api.d.ts';
import { nowMs, writeSetting } from '../browser/index.ts';
import { useAct, useConsole, useRefusal } from '../frame/index.ts';
import { ActButton, Failure, SameElsewhere } from '../parts/index.ts';
import { messagesText, NEW_REWIND, parseRewind, type RewindRequest, startRewind } from '../rules/index.ts';
import { Preview, type PreviewState, usePreview } from './preview.tsx';
import { RewindFields } from './rewind-fields.tsx';

interface RewindCardProps {
  readonly queue: GetQueueAnswer;
  readonly queues: readonly string[];
}

/** Brings deleted messages back: what, from when to when, and how many that is, before anything happens. */
export function RewindCard({ queue, queues }: RewindCardProps) {
  const { zone } = useConsole();
  // Relative times refer to the moment of the last change, so the range stands still while one reads the preview.
  const [{ form, atMs }, setForm] = useState({ form: NEW_REWIND, atMs: nowMs() });
  const parsed = parseRewind(form, { nowMs: atMs, zone });
  const request = 'request' in parsed ? parsed.request : undefined;
  const refusal = useRefusal();
  // A count puts barriers, so it is for those who may rewind.
  const preview = usePreview(queue.name, useDeferredValue(refusal === undefined ? request : undefined));
  return (
    <Container
      header={
        <Header variant="h2" description={what(queue)}>
          Rewind
        </Header>
      }
    >
      <SpaceBetween size="m">
        <RewindFields form={form} onForm={(next) => setForm({ form: next, atMs: nowMs() })} queues={queues} />
        {'error' in parsed ? <p role="alert">{parsed.error}</p> : undefined}
        {refusal === undefined ? undefined : <p>{refusal}. The count before a rewind needs it too.</p>}
        {request === undefined || refusal !== undefined ? undefined : (
          <Preview preview={preview} request={request} queue={queue} />
        )}
        <Start queue={queue.name} request={request} preview={preview} />
      </SpaceBetween>
    </Container>
  );
}

const what = ({ rewindSeconds }: GetQueueAnswer): string =>
  rewindSeconds === 0
    ? 'This queue keeps no deleted messages, so there is nothing to bring back.'
    : 'Deleted messages become ready once more. Running consumers receive them beside new ones.';

interface StartProps {
  readonly queue: string;
  readonly request: RewindRequest | undefined;
  readonly preview: PreviewState;
}

function Start({ queue, request, preview }: StartProps) {
  const act = useAct<Rewind>(({ id }) => `Rewind ${id} has begun.`);
  const matched = preview.count?.matched;
  const action = request === undefined ? undefined : startRewind(queue, request, false);
  const keep = ({ id }: Rewind) => writeSetting(`expected.${id}`, String(matched));
  const why = matched === 0 ? 'No message matches.' : 'Wait for the count.';
  return (
    <>
      <ActButton
        variant="primary"
        loading={act.isPending}
        disabled={action === undefined || matched === undefined || matched === 0}
        disabledReason={why}
        onClick={() => action !== undefined && act.mutate(action, { onSuccess: keep })}
      >
        {matched === undefined || matched === 0 ? 'Rewind' : `Rewind ${messagesText(matched)}`}
      </ActButton>
      {act.error === null ? undefined : <Failure error={act.error} />}
      {action === undefined ? undefined : <SameElsewhere action={action} />}
    </>
  );
}
