import { ENV } from '../../src/runtime/env.ts';
import type { DeployedFunction } from './assembly.ts';
import { show } from './shown.ts';
import { startUp } from './start-up.ts';

/** Without them a function wakes no controller, leaves no cell, and starts no rewind: each is optional. */
const OPTIONAL: readonly string[] = [ENV.controllerFunction, ENV.leavingCells, ENV.rewindMachine];

/** Shows that a function without a required variable fails when it starts, and names the variable. */
export async function showMissingVariables(functions: readonly DeployedFunction[]): Promise<void> {
  for (const one of functions) {
    const wrong: string[] = [];
    const names = Object.values(ENV).filter((name) => name in one.environment && !OPTIONAL.includes(name));
    for (const name of names) {
      const { [name]: _, ...environment } = one.environment;
      const { failure } = await startUp({ ...one, environment });
      if (failure?.includes(`environment variable ${name} is missing`) !== true) wrong.push(`${name}: ${failure}`);
    }
    show(`${one.name} names each of its ${names.length} variables that is missing`, wrong);
  }
}
