import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { GetQueueAnswer, Queue, UpdateQueueRequest } from '../../client/api.d.ts';
import { useQueues } from '../frame/index.ts';
import { ActButton, ActionDialog, TableHead } from '../parts/index.ts';
import { type Difference, differencesOf, parseSettings, textsOfSettings, updateQueue } from '../rules/index.ts';
import { DangerZone } from './danger-zone.tsx';
import { SettingFields } from './setting-fields.tsx';

/** Changes settings after showing the difference; purges and deletes. */
export function SettingsTab({ queue }: { readonly queue: GetQueueAnswer }) {
  const queues = useQueues();
  // A refresh never resets what is typed.
  const [before, setBefore] = useState(() => textsOfSettings(queue));
  const [texts, setTexts] = useState(before);
  const [isAsking, setAsking] = useState(false);
  const { changes, errors } = parseSettings(texts, before);
  const differences = differencesOf(queue, changes);
  const isReady = Object.keys(errors).length === 0 && differences.length > 0;
  const saved = (changed: Queue) => {
    setBefore(textsOfSettings(changed));
    setTexts(textsOfSettings(changed));
  };
  const names = queues.data?.map(({ name }) => name).filter((name) => name !== queue.name) ?? [];
  return (
    <div className="columns">
      <Container header={<Header variant="h2">Settings</Header>}>
        <SpaceBetween size="m">
          <SettingFields texts={texts} errors={errors} onTexts={setTexts} queues={names} />
          <ActButton
            variant="primary"
            disabled={!isReady}
            disabledReason={differences.length === 0 ? 'Nothing differs.' : 'Correct the marked fields.'}
            onClick={() => setAsking(true)}
          >
            Show the difference
          </ActButton>
        </SpaceBetween>
      </Container>
      <DangerZone queue={queue} queues={queues.data ?? []} />
      {isAsking ? (
        <Save
          name={queue.name}
          changes={changes}
          differences={differences}
          onDone={saved}
          close={() => setAsking(false)}
        />
      ) : undefined}
    </div>
  );
}

interface SaveProps {
  readonly name: string;
  readonly changes: UpdateQueueRequest;
  readonly differences: readonly Difference[];
  readonly onDone: (queue: Queue) => void;
  readonly close: () => void;
}

function Save({ name, changes, differences, onDone, close }: SaveProps) {
  return (
    <ActionDialog<Queue>
      title={`Change the settings of ${name}`}
      verb="Save"
      action={updateQueue(name, changes)}
      done={() => `The settings of ${name} were changed.`}
      onDone={onDone}
      onClose={close}
    >
      <table className="differences">
        <TableHead names={['Setting', 'Now', 'Then']} />
        <tbody>
          {differences.map(({ name: attribute, from, to, warning }) => (
            <tr key={attribute}>
              <td>{attribute}</td>
              <td>{from}</td>
              <td>
                {to} {warning === undefined ? undefined : <strong>{warning}</strong>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ActionDialog>
  );
}
