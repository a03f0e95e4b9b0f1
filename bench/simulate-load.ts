import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { CONTROLLERS, drawRuns, figuresOf, type Run, runScenario, tableOf, verdictsOf } from './load/report/index.ts';
import { type ControllerName, SCENARIOS, type Scenario, scaled } from './load/world/index.ts';

/**
 * `npm run bench -- load --scenario NAME [--scale S] [--json FILE] [--svg FILE]` runs a scenario under the deployed
 * decision code, two fixed numbers of shards, and an oracle. Ends with 1 when a target is missed.
 */
interface Options {
  readonly scenario: string;
  readonly scale: string;
  readonly json?: string;
  readonly svg?: string;
  readonly decisions?: true;
  readonly controllers: string;
}

/** Two runs at once suit the smallest machine. */
const PROCESSES = 2;
/** Usually overloaded, and with the most shards, it takes as long as all others together: it must start with them. */
const SLOWEST: ControllerName = 'fixed64';

const program = new Command('npm run bench -- load')
  .description('Simulates the load of a deployment, and how the controller answers it.')
  .requiredOption('--scenario <name>', SCENARIOS.map(({ name }) => name).join(', '))
  .option('--scale <factor>', 'multiplies the load and nothing else', '1')
  .option('--json <file>', 'write the figures there')
  .option('--svg <file>', 'draw them there')
  .option('--decisions', 'tell what the controller decided, and why')
  .option('--controllers <names>', 'only these', CONTROLLERS.join(','));

if (process.send !== undefined) process.once('message', runForParent);
else process.exitCode = await main(program.parse().opts<Options>());

async function main(options: Options): Promise<number> {
  const scenario = scenarioOf(options);
  process.stdout.write(`${scenario.name}, scale ${options.scale}: ${scenario.about}\n\n`);
  const runs = await runAll(options);
  process.stdout.write(`${[...tableOf(runs)].join('\n')}\n`);
  if (options.decisions === true) tellDecisions(runs);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(figuresOf(scenario, runs), undefined, 2)}\n`);
  if (options.svg !== undefined)
    writeFileSync(options.svg, await drawRuns(`${scenario.name}: ${scenario.about}`, runs));
  const verdicts = verdictsOf(scenario, runs);
  for (const { what, isMet } of verdicts) process.stdout.write(`${isMet ? 'met' : 'MISSED'}: ${what}\n`);
  return verdicts.every(({ isMet }) => isMet) ? 0 : 1;
}

function scenarioOf({ scenario: name, scale }: Pick<Options, 'scenario' | 'scale'>): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) return program.error(`there is no scenario "${name}"`);
  if (!(Number(scale) > 0)) program.error(`the scale must be above 0, not "${scale}"`);
  return scaled(scenario, Number(scale));
}

/** Runs each in its own process, some at once; in the order of their names. */
async function runAll(options: Options): Promise<Run[]> {
  const names = options.controllers.split(',') as ControllerName[];
  const waiting = names.toSorted((one, other) => Number(other === SLOWEST) - Number(one === SLOWEST));
  const runs = new Map<ControllerName, Run>();
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      runs.set(name, await runInChild({ scenario: options.scenario, scale: options.scale, controller: name }));
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, work));
  return names.flatMap((name) => runs.get(name) ?? []);
}

interface Order extends Pick<Options, 'scenario' | 'scale'> {
  readonly controller: ControllerName;
}

function runInChild(order: Order): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename);
    child.once('message', (run) => resolve(run as Run));
    child.once('exit', (code) => reject(new Error(`the run of ${order.controller} ended with ${code}`)));
    child.send(order);
  });
}

function runForParent(order: Order): void {
  process.send?.(runScenario(scenarioOf(order), order.controller), () => process.disconnect());
}

function tellDecisions(runs: readonly Run[]): void {
  for (const { atMs, action } of runs.flatMap(({ decisions }) => decisions)) {
    process.stdout.write(`${new Date(atMs).toISOString().slice(11, 19)} ${action.kind}: ${action.cause}\n`);
  }
}
