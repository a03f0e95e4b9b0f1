import Header from '@cloudscape-design/components/header';
import type { Decision, PlannedChange } from '../../client/api.d.ts';
import { Moment } from '../parts/index.ts';

interface DecisionsProps {
  readonly planned: readonly PlannedChange[];
  readonly decisions: readonly Decision[];
}

/** What the controller changed, and what it is about to change, with the causes. */
export function Decisions({ planned, decisions }: DecisionsProps) {
  const newest = decisions.toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at));
  return (
    <section aria-label="Decisions of the controller">
      <Header variant="h2">Decisions of the controller</Header>
      <ul>
        {planned.map(({ kind, what, cause }) => (
          <li key={`${kind} ${what}`}>
            planned: <strong>{kind}</strong> {what}, because {cause}
          </li>
        ))}
        {newest.map(({ at, kind, what, cause }) => (
          <li key={`${at} ${what}`}>
            <Moment at={at} /> <strong>{kind}</strong> {what}, because {cause}
          </li>
        ))}
      </ul>
      {planned.length + newest.length === 0 ? <p className="quiet">It has changed nothing of late.</p> : undefined}
    </section>
  );
}
