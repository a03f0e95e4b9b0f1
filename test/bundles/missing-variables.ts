import { ENV } from '../../src/runtime/env.ts';
import type { DeployedFunction } from './assembly.ts';
import { startUp } from './start-up.ts';
import type { Verdict } from './verdict.ts';

/** Shows that a function which lacks a variable fails when it starts, and names it. */
export async function showMissingVariables(functions: readonly DeployedFunction[], verdict: Verdict): Promise<void> {
  for (const one of functions) {
    const wrong: string[] = [];
    for (const name of Object.values(ENV).filter((variable) => variable in one.environment)) {
      const { [name]: _, ...environment } = one.environment;
      const { failure } = await startUp({ ...one, environment });
      if (failure?.includes(`environment variable ${name} is missing`) !== true) wrong.push(`${name}: ${failure}`);
    }
    const names = Object.values(ENV).filter((name) => name in one.environment);
    verdict.judge(`${one.name} names each of its ${names.length} variables that is missing`, wrong);
  }
}
