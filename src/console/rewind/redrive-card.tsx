import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { GetQueueAnswer, Rewind } from '../../client/api.d.ts';
import { useAct } from '../frame/index.ts';
import { ActButton, Failure, SameElsewhere } from '../parts/index.ts';
import { messagesText, NEW_REDRIVE, parseRedrive, startRedrive } from '../rules/index.ts';
import { Filter, Into, Rate } from './rewind-fields.tsx';

interface RedriveCardProps {
  readonly queue: GetQueueAnswer;
  /** Queues whose dead letters come here. */
  readonly sources: readonly string[];
  readonly queues: readonly string[];
}

/** Moves dead letters back: a few first, or all. */
export function RedriveCard({ queue, sources, queues }: RedriveCardProps) {
  const [form, setForm] = useState(NEW_REDRIVE);
  const act = useAct<Rewind>(({ id, into }) => `Redrive ${id} into ${into} has begun.`);
  const parsed = parseRedrive(form);
  const action = 'request' in parsed ? startRedrive(queue.name, parsed.request) : undefined;
  const { ready } = queue.counts;
  const most = 'request' in parsed ? Math.min(ready, parsed.request.max ?? ready) : ready;
  const set = (change: Partial<typeof form>) => setForm({ ...form, ...change });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`${messagesText(ready)} here came from ${sources.join(', ')} or were sent here.`}
        >
          Redrive
        </Header>
      }
    >
      <SpaceBetween size="m">
        <FormField label="At most, messages" description="Try a few first. Empty: all.">
          <Input inputMode="numeric" value={form.max} onChange={({ detail }) => set({ max: detail.value })} />
        </FormField>
        <Filter text={form.attributes} onText={(attributes) => set({ attributes })} />
        <Into label="Into another queue" name={form.into} onName={(into) => set({ into })} queues={queues} />
        <Rate text={form.perSecond} onText={(perSecond) => set({ perSecond })} />
        {'error' in parsed ? <p role="alert">{parsed.error}</p> : undefined}
        <p>Their consumers receive them again. Ids and times of sending stay, and receive counts go on.</p>
        <ActButton
          variant="primary"
          loading={act.isPending}
          disabled={action === undefined || ready === 0}
          disabledReason={ready === 0 ? 'No dead letter is ready here.' : 'Correct the fields.'}
          onClick={() => action !== undefined && act.mutate(action)}
        >
          {form.attributes.trim() === '' ? `Redrive ${messagesText(most)}` : `Redrive up to ${messagesText(most)}`}
        </ActButton>
        {act.error === null ? undefined : <Failure error={act.error} />}
        {action === undefined ? undefined : <SameElsewhere action={action} />}
      </SpaceBetween>
    </Container>
  );
}
