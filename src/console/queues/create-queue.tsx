import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Queue } from '../../client/api.d.ts';
import { ActionDialog } from '../parts/index.ts';
import {
  createQueue,
  DEFAULT_SETTINGS,
  isQueueName,
  type ListedQueue,
  newSettings,
  parseSettings,
} from '../rules/index.ts';
import { SettingFields } from '../settings/index.ts';

interface CreateQueueProps {
  readonly queues: readonly ListedQueue[];
  readonly onClose: () => void;
}

/** Creates a queue: a name is enough. */
export function CreateQueue({ queues, onClose }: CreateQueueProps) {
  const [, navigate] = useLocation();
  const [name, setName] = useState('');
  const [texts, setTexts] = useState(DEFAULT_SETTINGS);
  const { changes, errors } = parseSettings(texts, DEFAULT_SETTINGS);
  const isTaken = queues.some((queue) => queue.name === name);
  const isWrong = name !== '' && !isQueueName(name);
  const why = name === '' ? 'Give the queue a name.' : isTaken ? 'This name is taken.' : 'Correct the marked fields.';
  const isReady = isQueueName(name) && !isTaken && Object.keys(errors).length === 0;
  return (
    <ActionDialog<Queue>
      title="Create queue"
      verb="Create queue"
      action={isReady ? createQueue(name, newSettings(changes)) : undefined}
      why={why}
      done={(queue) => `The queue ${queue.name} was created.`}
      onDone={(queue) => navigate(`/queues/${queue.name}`)}
      onClose={onClose}
    >
      <FormField
        label="Name"
        constraintText="1 to 80 characters of A-Z a-z 0-9 _ -"
        errorText={
          isTaken
            ? 'A queue of this name exists.'
            : isWrong
              ? 'A name has only letters of A-Z, digits, _ and -.'
              : undefined
        }
      >
        <Input value={name} onChange={({ detail }) => setName(detail.value)} spellcheck={false} autoFocus />
      </FormField>
      <ExpandableSection headerText="More settings">
        <SettingFields texts={texts} errors={errors} onTexts={setTexts} queues={queues.map((queue) => queue.name)} />
      </ExpandableSection>
    </ActionDialog>
  );
}
