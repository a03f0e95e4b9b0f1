import type { GetRouteAnswer, ListCellsAnswer } from '../../client/index.ts';
import type { Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Column } from '../frame/output.ts';
import type { Shell } from '../frame/shell.ts';

type Shard = GetRouteAnswer['shards'][number];
type Decision = GetRouteAnswer['decisions'][number];
type Cell = ListCellsAnswer['cells'][number];

const SHARDS: readonly Column<Shard>[] = [
  { title: 'SHARD', value: ({ id }) => id },
  { title: 'CELL', value: ({ cell }) => cell },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'SINCE', value: ({ since }, { time }) => time(since) },
  { title: 'WEIGHT', value: ({ weight }, { number }) => number(weight), isRight: true },
  { title: 'THROTTLES/S', value: ({ throttlesPerSecond }, { number }) => number(throttlesPerSecond), isRight: true },
  { title: 'NEXT DUE', value: ({ nextDue }, { time }) => time(nextDue) },
];

const DECISIONS: readonly Column<Decision>[] = [
  { title: 'AT', value: ({ at }, { time }) => time(at) },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'WHAT', value: ({ what }) => what },
  { title: 'CAUSE', value: ({ cause }) => cause, grows: true },
];

const CELLS: readonly Column<Cell>[] = [
  { title: 'CELL', value: ({ id }) => id },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'SHARDS', value: ({ openShards }, { number }) => number(openShards), isRight: true },
  { title: 'DRAINING', value: ({ drainingShards }, { number }) => number(drainingShards), isRight: true },
  { title: 'WRITES/S', value: ({ load }, { number }) => number(load.writeUnitsPerSecond), isRight: true },
  { title: 'READS/S', value: ({ load }, { number }) => number(load.readUnitsPerSecond), isRight: true },
  { title: 'THROTTLES/S', value: ({ load }, { number }) => number(load.throttlesPerSecond), isRight: true },
];

export const define: Define = (command, on) =>
  void withExamples(command, 'route orders', 'route orders --decisions', 'route')
    .argument('[queue]', 'without it, the cells with their load')
    .option('--decisions', 'what the controller changed of late, and why')
    .action(
      on(async (shell, name: string | undefined, { decisions }: { readonly decisions?: true }) => {
        if (name === undefined) return await showCells(shell, decisions === true);
        const route = await (await shell.queue(name)).route({ signal: shell.signal });
        await (decisions ? shell.out.list(route.decisions, DECISIONS) : shell.out.list(route.shards, SHARDS));
        for (const { what, cause } of route.planned) await shell.out.say(`Planned: ${what}: ${cause}`);
      }),
    );

async function showCells(shell: Shell, isAboutDecisions: boolean): Promise<void> {
  const { out, signal } = shell;
  const { cells } = await (await shell.client()).cells({ signal });
  if (isAboutDecisions) await out.list(cells.flatMap(({ decisions }) => decisions).sort(newestFirst), DECISIONS);
  else await out.list(cells, CELLS);
}

const newestFirst = (one: Decision, other: Decision): number => Date.parse(other.at) - Date.parse(one.at);
