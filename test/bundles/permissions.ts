import { permissionsOf } from '../lib/synthesized.ts';
import type { Assembly } from './assembly.ts';
import type { Deployed } from './deployed.ts';
import { show } from './shown.ts';

/** Lambda's own use of a role, and S3's 404 for a missing object: no function asks for these permissions. */
const NOT_ASKED_FOR = /^(logs|xray|lambda):|Stream|GetRecords|GetShardIterator|s3:ListBucket|bucket\/aws\/lambda/;

/** Permissions that a run does not use, and why they are needed. */
const NOT_REACHED: Readonly<Record<string, readonly string[]>> = {
  // The plan of a rewind finishes a compaction whose controller died before it unlisted the replaced objects. A report
  // of load is written when enough was used to pay for it: a rewind here is too small, and a minute of the controller
  // not always large enough. A process that ends a lease whose message was made visible early looks up where it went,
  // after the lease's whole time.
  Rewinder: [
    'dynamodb:DeleteItem on catalog',
    'dynamodb:PutItem on ledger',
    'dynamodb:GetItem on ledger',
    'dynamodb:UpdateItem on ledger',
  ],
  // A claim or a redrive notes where a change of visibility moved messages when it removes their finished lease, which
  // a dead process left behind.
  Receive: ['dynamodb:UpdateItem on ledger'],
  // No payload object here is a day old, so the repair job looks for no block.
  Controller: ['dynamodb:PutItem on ledger', 'dynamodb:GetItem on ledger', 'dynamodb:BatchGetItem on cells'],
  // A payload object leaves with its send only when the table refuses its block.
  Send: ['s3:DeleteObject on bucket/payloads/*'],
  Sqs: ['s3:DeleteObject on bucket/payloads/*'],
};

const allowedTo = (assembly: Assembly, name: string): ReadonlySet<string> =>
  new Set(permissionsOf(assembly, name).map((permission) => permission.replace(/cell \d+$/, 'cells')));

/** Each function's requests to the engines are within its role. */
export function showPermissionsSuffice(deployed: Deployed): void {
  for (const name of deployed.functionNames) {
    const allowed = allowedTo(deployed.assembly, name);
    const missing = [...deployed.askedBy(name)].filter((one) => !allowed.has(one));
    show(`${name} may do what it does`, missing);
  }
}

/** Every function used all permissions of its role. */
export function showPermissionsAreNeeded(deployed: Deployed): void {
  for (const name of deployed.functionNames.filter((one) => one !== 'Console')) {
    const expected = new Set([...deployed.askedBy(name), ...(NOT_REACHED[name] ?? [])]);
    const unused = [...allowedTo(deployed.assembly, name)].filter(
      (one) => !expected.has(one) && !NOT_ASKED_FOR.test(one),
    );
    show(`${name} does what it may`, unused);
  }
  showSameAs(deployed.assembly, 'Console', deployed.assembly, OF_PEOPLE);
}

/** The functions that `All` replaces behind a function URL. */
const ROUTED = ['Send', 'Receive', 'Delete', 'Admin'];
/** The functions whose calls a console makes. */
const OF_PEOPLE = ['Send', 'Admin'];
/** The role of a function equals those of others together, whose use a run sees. */
function showSameAs(assembly: Assembly, name: string, others: Assembly, parts: readonly string[]): void {
  const wanted = new Set(parts.flatMap((one) => [...allowedTo(others, one)]));
  const given = allowedTo(assembly, name);
  show(`${name} may do the same`, [
    ...[...wanted].filter((one) => !given.has(one)),
    ...[...given].filter((one) => !wanted.has(one)),
  ]);
}

/** A function URL has no console, and passes every path to its function, so nothing else answers what leads nowhere. */
const ONLY_BEHIND_ROUTES = ['Unrouted', 'Console', 'Pages'];

/** Behind a function URL roles equal those behind routes, where a run compares them with functions' use, both ways. */
export function showSameRoles(byUrl: Assembly, byRoutes: Assembly): void {
  const names = new Set([...byRoutes.functionNames(), ...byUrl.functionNames()]);
  for (const name of [...names].filter((one) => ![...ROUTED, ...ONLY_BEHIND_ROUTES].includes(one))) {
    showSameAs(byUrl, name, byRoutes, name === 'All' ? ROUTED : [name]);
  }
}
