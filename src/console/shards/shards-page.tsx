import Header from '@cloudscape-design/components/header';
import { useCells } from '../frame/index.ts';
import { Failure, SameElsewhere } from '../parts/index.ts';
import { countText, heatOf, listCells } from '../rules/index.ts';
import { Decisions } from './decisions.tsx';
import { Heat } from './heat.tsx';

/** Cells with their load. */
export function ShardsPage() {
  const cells = useCells();
  const all = cells.data?.cells ?? [];
  return (
    <div className="view">
      <Header variant="h1" description="Nothing here is needed in daily work: the server moves shards by itself.">
        Shards
      </Header>
      {cells.error === null ? undefined : <Failure error={cells.error} retry={() => void cells.refetch()} />}
      <div className="cells">
        {all.map(({ id, number, state, openShards, drainingShards, load, writeUnitsPerSecondMax }) => (
          <article key={id} className="cell" aria-label={`Cell ${number}`}>
            <h2>
              Cell {number} <span className="quiet">{state}</span>
            </h2>
            <Heat share={heatOf(load.writeUnitsPerSecond, writeUnitsPerSecondMax)} label={`Heat of cell ${number}`} />
            <p>
              {countText(openShards)} open, {countText(drainingShards)} draining shards
            </p>
            <p className="quiet">
              {load.writeUnitsPerSecond} write and {load.readUnitsPerSecond} read units, {load.throttlesPerSecond}{' '}
              throttles a second
            </p>
          </article>
        ))}
      </div>
      <Decisions
        planned={all.flatMap(({ planned }) => planned)}
        decisions={all.flatMap(({ decisions }) => decisions)}
      />
      <SameElsewhere action={listCells} />
    </div>
  );
}
