/**
 * Tables, charts and verdicts on a finished run.
 * Runs a scenario by its name.
 */

export { drawRuns } from './chart.ts';
export { CONTROLLERS, figuresOf, type Run, runScenario, tableOf } from './report.ts';
export { verdictsOf } from './targets.ts';
