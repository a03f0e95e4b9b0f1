import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { useAct } from '../frame/index.ts';
import type { Action } from '../rules/index.ts';
import { ActButton } from './act-button.tsx';
import { Failure } from './failure.tsx';
import { SameElsewhere } from './same-elsewhere.tsx';

interface ActionDialogProps<Answer> {
  readonly title: string;
  /** What the button does, like `Purge 12 messages`. */
  readonly verb: string;
  /** `undefined` while the form is not complete. */
  readonly action: Action | undefined;
  /** Why the action cannot begin yet. */
  readonly why?: string | undefined;
  readonly done: (answer: Answer) => ReactNode;
  readonly onDone?: (answer: Answer) => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly size?: 'medium' | 'large';
}

/** A form for one action, with the lines that do the same. It stays open while the action fails. */
export function ActionDialog<Answer>(props: ActionDialogProps<Answer>) {
  const { title, action, onClose, children, size = 'large' } = props;
  const act = useAct<Answer>(props.done);
  const start = () => {
    if (action === undefined || act.isPending) return;
    act.mutate(action, {
      onSuccess: (answer) => {
        onClose();
        props.onDone?.(answer);
      },
    });
  };
  return (
    <Modal
      visible
      header={title}
      size={size}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={<Choices {...props} isBusy={act.isPending} start={start} />}
    >
      <SpaceBetween size="m">
        {children}
        {act.error === null ? undefined : <Failure error={act.error} />}
        {action === undefined ? undefined : <SameElsewhere action={action} />}
      </SpaceBetween>
    </Modal>
  );
}

interface ChoicesProps<Answer> extends ActionDialogProps<Answer> {
  readonly isBusy: boolean;
  readonly start: () => void;
}

function Choices<Answer>({ action, why, verb, isBusy, start, onClose }: ChoicesProps<Answer>) {
  return (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
        <ActButton
          variant="primary"
          loading={isBusy}
          disabled={action === undefined}
          {...(why === undefined ? {} : { disabledReason: why })}
          onClick={start}
        >
          {verb}
        </ActButton>
      </SpaceBetween>
    </Box>
  );
}
