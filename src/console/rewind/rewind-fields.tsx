import Autosuggest from '@cloudscape-design/components/autosuggest';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { Choice, TimeField } from '../parts/index.ts';
import type { RewindForm } from '../rules/index.ts';

interface RewindFieldsProps {
  readonly form: RewindForm;
  readonly onForm: (form: RewindForm) => void;
  readonly queues: readonly string[];
}

const SPANS = ['5m', '15m', '1h', '6h', '24h', '7d'];

/** The range and the filter of a rewind. */
export function RewindFields({ form, onForm, queues }: RewindFieldsProps) {
  const set = (change: Partial<RewindForm>) => onForm({ ...form, ...change });
  return (
    <SpaceBetween size="m">
      <TimeField label="From" text={form.from} onText={(from) => set({ from })} />
      <SpaceBetween direction="horizontal" size="xs">
        {SPANS.map((span) => (
          <Button key={span} ariaLabel={`From ${span} ago`} onClick={() => set({ from: `${span} ago`, to: '' })}>
            {span}
          </Button>
        ))}
      </SpaceBetween>
      <TimeField label="To, itself not included" text={form.to} onText={(to) => set({ to })} empty="empty: now" />
      <Choice
        label="Which time counts"
        value={form.by}
        texts={{ sentAt: 'Sent in this range', deletedAt: 'Deleted in this range' }}
        onValue={(by) => set({ by })}
      />
      <Filter text={form.attributes} onText={(attributes) => set({ attributes })} />
      <Into label="Into another queue" name={form.into} onName={(into) => set({ into })} queues={queues} />
      <Rate text={form.perSecond} onText={(perSecond) => set({ perSecond })} />
    </SpaceBetween>
  );
}

interface TextProps {
  readonly text: string;
  readonly onText: (text: string) => void;
}

export function Filter({ text, onText }: TextProps) {
  return (
    <FormField label="Only with these attributes" description="One name=value a line. Empty: all messages.">
      <Textarea rows={2} value={text} onChange={({ detail }) => onText(detail.value)} placeholder="kind=refund" />
    </FormField>
  );
}

interface IntoProps {
  readonly label: string;
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly queues: readonly string[];
}

export function Into({ label, name, onName, queues }: IntoProps) {
  return (
    <FormField label={label} description="Empty: back into the queue they were in.">
      <Autosuggest
        value={name}
        options={queues.map((value) => ({ value }))}
        onChange={({ detail }) => onName(detail.value)}
        enteredTextLabel={(value) => `Use ${value}`}
        clearAriaLabel="Clear"
        empty="No queue"
      />
    </FormField>
  );
}

export function Rate({ text, onText }: TextProps) {
  return (
    <FormField label="At most, messages a second" description="Empty: as fast as it goes.">
      <Input inputMode="numeric" value={text} onChange={({ detail }) => onText(detail.value)} />
    </FormField>
  );
}
