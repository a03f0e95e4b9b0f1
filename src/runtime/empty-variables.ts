/** Compose files and shells set variables without a value to an empty text. These count as unset. */
export function unsetEmptyVariables(environment: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value === '' && /^(PORT|HOST|REWINDMQ_\w+)$/.test(name)) delete environment[name];
  }
}
