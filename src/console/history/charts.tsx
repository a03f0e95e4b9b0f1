import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import { useSearchParams } from 'wouter';
import type { GetHistoryAnswer } from '../../client/api.d.ts';
import { useConsole, useHistory } from '../frame/index.ts';
import { Choice, Failure, SameElsewhere, TableHead } from '../parts/index.ts';
import { chartsOf, isSpan, isUnknown, type Span, showHistory, stepStarts, timeText } from '../rules/index.ts';
import { Chart } from './chart.tsx';
import { Elsewhere } from './elsewhere.tsx';

const TEXTS: Readonly<Record<Span, string>> = { '1h': '1 hour', '6h': '6 hours', '1d': '1 day', '14d': '14 days' };

/** What a queue did and held: flow, backlog, age, trouble. */
export function Charts({ queue }: { readonly queue: string }) {
  const { deployment } = useConsole().session;
  return deployment === undefined ? (
    <ChartsOfServer queue={queue} />
  ) : (
    <Elsewhere title="History" deployment={deployment} />
  );
}

function ChartsOfServer({ queue }: { readonly queue: string }) {
  const [parameters, setParameters] = useSearchParams();
  const given = parameters.get('span');
  const span = isSpan(given) ? given : '1h';
  const history = useHistory(queue, span);
  const set = (next: string) =>
    setParameters(
      (before) => {
        const after = new URLSearchParams(before);
        after.set('span', next);
        return after;
      },
      { replace: true },
    );
  const choice = <Choice label="Span" value={span} texts={TEXTS} onValue={set} />;
  return (
    <Container
      header={
        <Header variant="h2" actions={choice}>
          History
        </Header>
      }
    >
      {history.error === null ? undefined : <Failure error={history.error} retry={() => void history.refetch()} />}
      {history.data === undefined ? undefined : <Lines history={history.data} />}
      <SameElsewhere action={showHistory(queue, span)} />
    </Container>
  );
}

function Lines({ history }: { readonly history: GetHistoryAnswer }) {
  const { zone } = useConsole();
  if (isUnknown(history)) {
    return (
      <p role="status">
        Nothing is known of this span yet. The server notes each minute what the queue did; five minutes, and an hour,
        become points of the longer spans.
      </p>
    );
  }
  const starts = stepStarts(history);
  const charts = chartsOf(history);
  return (
    <>
      <div className="charts">
        {charts.map((chart) => (
          <Chart key={chart.title} chart={chart} starts={starts} isUtc={zone === 'utc'} />
        ))}
      </div>
      <ExpandableSection headerText="As a table" variant="footer">
        <Table history={history} starts={starts} />
      </ExpandableSection>
    </>
  );
}

/** All numbers, the newest step first; steps without values are left out. */
function Table({ history, starts }: { readonly history: GetHistoryAnswer; readonly starts: readonly number[] }) {
  const { zone } = useConsole();
  const lines = chartsOf(history).flatMap(({ lines, text }) => lines.map((line) => ({ ...line, text })));
  const known = starts.flatMap((start, index) => (history.series.sent[index] === null ? [] : [{ start, index }]));
  return (
    <div className="scrolled" role="region" aria-label="Numbers of the charts" tabIndex={0}>
      <table className="differences">
        <TableHead names={['From', ...lines.map(({ name }) => name)]} />
        <tbody>
          {known.toReversed().map(({ start, index }) => (
            <tr key={start}>
              <th scope="row">{timeText(start * 1_000, zone)}</th>
              {lines.map(({ name, values, text }) => (
                <td key={name}>{text(values[index] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
