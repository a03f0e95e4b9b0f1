import Header from '@cloudscape-design/components/header';
import { useConsole, useUsage } from '../frame/index.ts';
import { Failure, SameElsewhere, TableHead } from '../parts/index.ts';
import { countText, dollarsText, listUsage } from '../rules/index.ts';
import { Elsewhere } from './elsewhere.tsx';

const ABOUT =
  'An estimate at prices of AWS in us-east-1, without free tiers: calls, messages and the time that calls take. ' +
  'Months include what a deployment costs without calls. Days are in UTC.';

/** What each month would cost on AWS, by items. */
export function UsagePage() {
  const { deployment } = useConsole().session;
  return deployment === undefined ? <UsageOfServer /> : <Elsewhere title="Usage" deployment={deployment} />;
}

function UsageOfServer() {
  const usage = useUsage();
  const { months = [], days = [] } = usage.data ?? {};
  const rows = [
    ...months.toReversed().map(({ month, ...used }) => ({ when: month, isMonth: true, ...used })),
    ...days
      .slice(-DAYS_SHOWN)
      .toReversed()
      .map(({ day, ...used }) => ({ when: day, isMonth: false, ...used })),
  ];
  return (
    <div className="view">
      <Header variant="h1" description={ABOUT}>
        Usage and cost
      </Header>
      {usage.error === null ? undefined : <Failure error={usage.error} retry={() => void usage.refetch()} />}
      {usage.data !== undefined && rows.length === 0 ? (
        <p role="status">Nothing is known yet. The server notes each minute what it did.</p>
      ) : undefined}
      {rows.length === 0 ? undefined : <Rows title="Months" rows={rows.filter(({ isMonth }) => isMonth)} />}
      {rows.length === 0 ? undefined : <Rows title="Last days" rows={rows.filter(({ isMonth }) => !isMonth)} />}
      <SameElsewhere action={listUsage} />
    </div>
  );
}

/** The longest month. */
const DAYS_SHOWN = 31;

interface Row {
  readonly when: string;
  readonly calls: number;
  readonly sent: number;
  readonly received: number;
  readonly deleted: number;
  readonly dollars: number;
}

function Rows({ title, rows }: { readonly title: string; readonly rows: readonly Row[] }) {
  return (
    <section aria-label={title}>
      <Header variant="h2">{title}</Header>
      <div className="scrolled is-tall" role="region" aria-label={`Table of ${title.toLowerCase()}`} tabIndex={0}>
        <table className="differences numeric">
          <TableHead names={['When', 'Calls', 'Sent', 'Received', 'Deleted', 'On AWS, about']} />
          <tbody>
            {rows.map(({ when, calls, sent, received, deleted, dollars }) => (
              <tr key={when}>
                <th scope="row">{when}</th>
                {[calls, sent, received, deleted].map(countText).map((text, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the columns stand still
                  <td key={index}>{text}</td>
                ))}
                <td>{dollarsText(dollars)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
