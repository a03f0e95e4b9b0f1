import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { RewindMqError } from '../../client/errors.ts';

/** What failed, in the server's words, with the code and the id of the request. */
export function Failure({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  const { code, requestId, status } = error instanceof RewindMqError ? error : {};
  const details = [code, requestId === undefined ? undefined : `request ${requestId}`].filter(Boolean).join(', ');
  const isUnclear = status === 0 || (status ?? 0) >= 500;
  return (
    <Alert
      type="error"
      statusIconAriaLabel="Error"
      action={retry === undefined ? undefined : <Button onClick={retry}>Try again</Button>}
    >
      {error.message}
      {details === '' ? '' : ` (${details})`}
      {isUnclear ? ' Read again before you repeat a change: it may have happened.' : ''}
    </Alert>
  );
}
