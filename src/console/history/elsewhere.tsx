import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import type { Deployment } from '../browser/index.ts';

interface ElsewhereProps {
  readonly title: string;
  readonly deployment: Deployment;
}

/** A deployment keeps no history by queue: CloudWatch has its charts, and a metric of each queue would cost. */
export function Elsewhere({ title, deployment: { stage, region } }: ElsewhereProps) {
  const dashboard = `rewindmq-${stage}`;
  const href = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards:name=${dashboard}`;
  return (
    <Container header={<Header variant="h2">{title}</Header>}>
      Charts of this deployment are in the dashboard{' '}
      <Link href={href} external externalIconAriaLabel="opens CloudWatch">
        {dashboard}
      </Link>{' '}
      of CloudWatch, for all its queues together.
    </Container>
  );
}
