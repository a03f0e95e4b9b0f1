import { RewindMqError } from '../../client/index.ts';
import { ITEMS_PER_PAGE_MAX } from '../../model/limits.ts';
import { VERSION } from '../../protocols/rest/version.ts';
import type { Define } from '../frame/command.ts';
import { sentenceOf } from '../frame/failure.ts';
import { withExamples } from '../frame/options.ts';
import type { Column } from '../frame/output.ts';
import type { Shell } from '../frame/shell.ts';
import { EXIT } from '../rules/exit-codes.ts';
import {
  cellFindings,
  clockFinding,
  type Finding,
  healthFinding,
  queueFindings,
  versionFinding,
} from '../rules/findings.ts';
import { signingOf } from '../rules/places.ts';

const COLORS = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

const COLUMNS: readonly Column<Finding>[] = [
  { title: 'LEVEL', value: ({ level }) => level, style: ({ level }, colors) => colors[COLORS[level]] },
  { title: 'ABOUT', value: ({ about }) => about },
  { title: 'WHAT', value: ({ what, cure }) => (cure === undefined ? what : `${what}: ${cure}`), grows: true },
];

export const define: Define = (command, on) =>
  void withExamples(command, 'doctor', 'doctor --context prod --json').action(
    on(async (shell) => {
      const findings = [placeFinding(shell)];
      for (const check of [serverFindings, queuesOf, cellsOf]) {
        const found = await check(shell).catch(asFinding);
        findings.push(...found);
        if (found.some(({ about }) => about === 'call')) break;
      }
      await shell.out.list(findings, COLUMNS);
      return findings.some(({ level }) => level === 'fail') ? EXIT.failed : EXIT.done;
    }),
  );

function placeFinding({ place, io }: Shell): Finding {
  const signing = { none: 'not signed', key: 'signed with an access key', aws: 'signed with AWS credentials' };
  const what = `${place.url} (${place.source}), calls ${signing[signingOf(place, io.environment)]}`;
  return { level: 'ok', about: 'place', what };
}

/** A refused or unanswered call; the checks after it would meet the same. */
function asFinding(error: unknown): Finding[] {
  if (!(error instanceof RewindMqError)) throw error;
  return [{ level: 'fail', about: 'call', what: sentenceOf(error) }];
}

async function serverFindings(shell: Shell): Promise<Finding[]> {
  const health = await (await shell.client()).health({ signal: shell.signal });
  const aheadMs = await clockDistance(shell);
  return [
    healthFinding(health),
    versionFinding(health.version, VERSION),
    ...(aheadMs === undefined ? [] : [clockFinding(aheadMs)]),
  ];
}

/** By the `Date` of an answer, which has whole seconds. */
async function clockDistance({ io, place }: Shell): Promise<number | undefined> {
  const url = new URL(`${place.url.replace(/\/+$/, '')}/health`);
  const date = (await io.host.fetch(url, { method: 'GET' })).headers.get('date');
  return date === null ? undefined : Date.parse(date) - io.nowMs();
}

async function queuesOf(shell: Shell): Promise<Finding[]> {
  const query = { counts: 'true', limit: ITEMS_PER_PAGE_MAX, signal: shell.signal } as const;
  const queues = [];
  for await (const queue of (await shell.client()).queues(query)) queues.push(queue);
  return queueFindings(queues);
}

async function cellsOf(shell: Shell): Promise<Finding[]> {
  return cellFindings((await (await shell.client()).cells({ signal: shell.signal })).cells);
}
