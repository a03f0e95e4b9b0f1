import { readFileSync } from 'node:fs';

/** A row of the table in `docs/sqs-compatibility.md`: who answers otherwise than SQS does, and this server with it. */
export interface Known {
  readonly servers: readonly string[];
  readonly rule: string;
}

const ROW = /^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/;
const HEADING = '## Where emulators answer otherwise';

/** What is known of differences, by the title of the step. */
export function knownDifferences(): ReadonlyMap<string, Known> {
  const [, section = ''] = readFileSync('docs/sqs-compatibility.md', 'utf8').split(HEADING);
  const [table = ''] = section.split('\n## ');
  const rows = table.split('\n').flatMap((line) => {
    const [, title = '', rule = '', servers = ''] = ROW.exec(line) ?? [];
    return title === '' ? [] : [[title, { rule, servers: servers.split(', ') }] as const];
  });
  return new Map(rows.slice(2));
}
