import Checkbox from '@cloudscape-design/components/checkbox';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { ActionDialog, Choice } from '../parts/index.ts';
import { type PushForm, parsePush, putPush } from '../rules/index.ts';

interface PushDialogProps {
  readonly queue: string;
  /** What the fields say first. */
  readonly form: PushForm;
  readonly onClose: () => void;
}

const TARGETS = {
  lambda: 'file:orders.mjs#handler where the server has --handlers, or the ARN of a function that --allow-target names',
  https: 'https://example.com/orders; addresses that the internet does not reach need --allow-target',
  sqs: 'the URL of a queue of SQS that --allow-target names',
} as const;

/** Begins to push, or changes how. */
export function PushDialog({ queue, form: first, onClose }: PushDialogProps) {
  const [form, setForm] = useState(first);
  const set = (change: Partial<PushForm>) => setForm({ ...form, ...change });
  const parsed = parsePush(form);
  return (
    <ActionDialog
      title={`Push messages of ${queue}`}
      verb="Push"
      action={'request' in parsed ? putPush(queue, parsed.request) : undefined}
      why={'error' in parsed ? parsed.error : undefined}
      done={() => `${queue} pushes to ${form.target}.`}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <Choice
          label="Kind of target"
          value={form.kind}
          texts={{ lambda: 'Function', https: 'Endpoint', sqs: 'Queue of SQS' }}
          onValue={(kind) => set({ kind })}
        />
        <FormField label="Target" description={TARGETS[form.kind]}>
          <Input value={form.target} onChange={({ detail }) => set({ target: detail.value })} spellcheck={false} />
        </FormField>
        <Checkbox checked={form.isReporting} onChange={({ detail }) => set({ isReporting: detail.checked })}>
          The answer lists the messages that failed (ReportBatchItemFailures)
        </Checkbox>
        <ExpandableSection headerText="More settings">
          <MoreFields form={form} set={set} />
        </ExpandableSection>
        {'error' in parsed && form.target !== '' ? <p role="alert">{parsed.error}</p> : undefined}
      </SpaceBetween>
    </ActionDialog>
  );
}

const FIELDS = [
  ['batch', 'Messages of a call', 'At most; 1 to 10 000.'],
  ['window', 'Waits for a batch', 'A message waits this long for others, like 5s.'],
  ['concurrency', 'Calls at once', 'At most; 1 to 1 000.'],
  ['perSecond', 'At most, messages a second', 'Empty: no limit.'],
  ['timeout', 'A call ends after', 'Like 60s; up to 10m.'],
  ['retry', 'A message that failed comes again after', "Empty: the queue's visibility timeout."],
] as const;

interface MoreFieldsProps {
  readonly form: PushForm;
  readonly set: (change: Partial<PushForm>) => void;
}

function MoreFields({ form, set }: MoreFieldsProps) {
  return (
    <SpaceBetween size="m">
      {FIELDS.map(([field, label, description]) => (
        <FormField key={field} label={label} description={description}>
          <Input value={form[field]} onChange={({ detail }) => set({ [field]: detail.value })} />
        </FormField>
      ))}
      <FormField
        label="Only with these attributes"
        description="One name=value a line. Others are deleted without a call."
      >
        <Textarea
          rows={2}
          value={form.attributes}
          onChange={({ detail }) => set({ attributes: detail.value })}
          placeholder="kind=refund"
        />
      </FormField>
      <Choice
        label="Form of a call"
        value={form.format}
        texts={{ sqs: 'Event of an SQS trigger', raw: 'Plain messages' }}
        onValue={(format) => set({ format })}
      />
    </SpaceBetween>
  );
}
