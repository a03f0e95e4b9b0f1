import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import type { SendMessagesAnswer } from '../../client/api.d.ts';
import { ATTRIBUTES_PER_MESSAGE_MAX } from '../../model/limits.ts';
import { nowMs, readSetting, writeSetting } from '../browser/index.ts';
import { useConsole } from '../frame/index.ts';
import { ActionDialog, To } from '../parts/index.ts';
import { bytesOf, bytesText, type Draft, draftOf, EMPTY_DRAFT, messageOf, sendMessage } from '../rules/index.ts';

interface SendDialogProps {
  readonly queue: string;
  readonly onClose: () => void;
  /** Filled in, for a copy of a message. @default the draft that was left */
  readonly draft?: Draft;
}

const DRAFT = 'draft';

/** Sends one message. What is typed stays as a draft until it is sent. */
export function SendDialog({ queue, onClose, draft: given }: SendDialogProps) {
  const { zone } = useConsole();
  const [draft, setDraft] = useState(() => given ?? draftOf(readSetting(DRAFT)));
  const change = (next: Draft) => {
    setDraft(next);
    if (given === undefined) writeSetting(DRAFT, JSON.stringify(next));
  };
  const { message, error } = messageOf(draft, { nowMs: nowMs(), zone });
  return (
    <ActionDialog<SendMessagesAnswer>
      title={`Send a message to ${queue}`}
      verb="Send message"
      action={message === undefined ? undefined : sendMessage(queue, message)}
      why={error}
      done={({ messages: [sent] }) => <Outcome queue={queue} sent={sent} />}
      onDone={() => writeSetting(DRAFT, JSON.stringify(EMPTY_DRAFT))}
      onClose={onClose}
    >
      <FormField label="Body" constraintText={`${bytesText(bytesOf(draft.body))} of at most 1 MiB with attributes`}>
        <Textarea
          value={draft.body}
          rows={8}
          spellcheck={false}
          autoFocus
          onChange={({ detail }) => change({ ...draft, body: detail.value })}
        />
      </FormField>
      <Attributes draft={draft} onDraft={change} />
      <FormField
        label="Deliver"
        description="Empty: at once. Else a span like 90s or 2h, or a time like 14:05 or 2027-01-01T00:00:00Z."
        errorText={error}
      >
        <Input value={draft.deliver} onChange={({ detail }) => change({ ...draft, deliver: detail.value })} />
      </FormField>
    </ActionDialog>
  );
}

function Outcome({
  queue,
  sent,
}: {
  readonly queue: string;
  readonly sent: SendMessagesAnswer['messages'][number] | undefined;
}) {
  if (sent === undefined || 'error' in sent) return <>The message was not sent: {sent?.error.message}</>;
  return (
    <>
      Sent to {queue}: <To path={`/queues/${queue}/messages?id=${sent.id}`}>{sent.id}</To>
    </>
  );
}

const TYPES = [{ value: 'string' }, { value: 'number' }, { value: 'binary' }];

function Attributes({ draft, onDraft }: { readonly draft: Draft; readonly onDraft: (draft: Draft) => void }) {
  const { attributes } = draft;
  const set = (index: number, change: Partial<Draft['attributes'][number]>) =>
    onDraft({ ...draft, attributes: attributes.map((one, at) => (at === index ? { ...one, ...change } : one)) });
  return (
    <AttributeEditor
      items={attributes}
      empty="No attributes."
      addButtonText="Add attribute"
      removeButtonText="Remove"
      disableAddButton={attributes.length >= ATTRIBUTES_PER_MESSAGE_MAX}
      onAddButtonClick={() =>
        onDraft({ ...draft, attributes: [...attributes, { name: '', type: 'string', value: '' }] })
      }
      onRemoveButtonClick={({ detail }) =>
        onDraft({ ...draft, attributes: attributes.filter((_, at) => at !== detail.itemIndex) })
      }
      definition={[
        {
          label: 'Attribute',
          control: ({ name }, index) => (
            <Input value={name} onChange={({ detail }) => set(index, { name: detail.value })} />
          ),
        },
        {
          label: 'Type',
          control: ({ type }, index) => (
            <Select
              options={TYPES}
              selectedOption={{ value: type }}
              onChange={({ detail }) => set(index, { type: detail.selectedOption.value as typeof type })}
            />
          ),
        },
        {
          label: 'Value (binary: Base64)',
          control: ({ value }, index) => (
            <Input value={value} onChange={({ detail }) => set(index, { value: detail.value })} />
          ),
        },
      ]}
    />
  );
}
