import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useConsole } from '../frame/index.ts';
import { CopyText, TabViews } from '../parts/index.ts';
import { firstSteps } from '../rules/index.ts';

const FIRST_QUEUE = 'first';

/** A server without queues: how to send the first message, which then shows here. */
export function Greeting() {
  const { place } = useConsole();
  return (
    <Container header={<Header variant="h2">There is no queue yet. Send a first message</Header>}>
      <TabViews
        tabs={firstSteps(FIRST_QUEUE, place).map(({ name, text }) => ({
          id: name,
          label: name,
          content: <CopyText text={text} what={`the lines for ${name}`} />,
        }))}
      />
      <p role="status">Waiting for the first message. This page shows it as soon as it arrives.</p>
    </Container>
  );
}
