import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { forgetCredentials, keepCredentials } from './browser/index.ts';
import { useConsole } from './frame/index.ts';

/** Asks for an access key. It stays in this tab, signs each call, and ends with the tab. */
export function SignIn({ reason }: { readonly reason: string | undefined }) {
  const { reconnect } = useConsole();
  const [accessKeyId, setId] = useState('');
  const [secretAccessKey, setSecret] = useState('');
  const enter = () => {
    forgetCredentials();
    keepCredentials({ accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() });
    reconnect();
  };
  return (
    <form
      className="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        enter();
      }}
    >
      <Form
        header={<Header variant="h1">Sign in with an access key</Header>}
        actions={<Button variant="primary">Sign in</Button>}
      >
        <SpaceBetween size="m">
          <p>
            This server takes signed calls only. The key stays in this tab and ends with it; the secret never leaves the
            browser. A key for all queues is needed here: <code>rewindmq-keys create</code>, or{' '}
            <code>npm run keys -- create</code>.
          </p>
          {reason === undefined ? undefined : <Alert type="error">{reason}</Alert>}
          <FormField label="Id of the key">
            <Input value={accessKeyId} onChange={({ detail }) => setId(detail.value)} name="accessKeyId" autoFocus />
          </FormField>
          <FormField label="Secret">
            <Input
              value={secretAccessKey}
              onChange={({ detail }) => setSecret(detail.value)}
              type="password"
              name="secret"
            />
          </FormField>
        </SpaceBetween>
      </Form>
    </form>
  );
}
