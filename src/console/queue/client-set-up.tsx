import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useConsole } from '../frame/index.ts';
import { CopyText, TabViews } from '../parts/index.ts';
import { environmentText, setUpsOf, sqsUrl } from '../rules/index.ts';

/** How programs send to the queue and receive from it; each text runs as it stands. */
export function ClientSetUp({ queue }: { readonly queue: string }) {
  const { place } = useConsole();
  return (
    <Container header={<Header variant="h2">Use it from a program</Header>}>
      {place.region === undefined ? (
        <>
          <p>SQS queue URL</p>
          <CopyText text={sqsUrl(queue, place)} what="the SQS queue URL" />
          <p>SDKs of AWS read these variables:</p>
          <CopyText text={environmentText(place)} what="the variables" />
        </>
      ) : (
        <p>
          Calls are signed with credentials of AWS. SQS clients need access keys, which the setting accessKeys brings.
        </p>
      )}
      <TabViews
        ariaLabel="Languages"
        tabs={setUpsOf(queue, place).map(({ name, install, text }) => ({
          id: name,
          label: name,
          content: (
            <>
              {install === undefined ? undefined : <CopyText text={install} what="what to install" />}
              <CopyText text={text} what={`the program in ${name}`} />
            </>
          ),
        }))}
      />
    </Container>
  );
}
