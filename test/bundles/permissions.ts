import { permissionsOf } from '../lib/synthesized.ts';
import type { Assembly } from './assembly.ts';
import type { Deployed } from './deployed.ts';
import { show } from './shown.ts';

/** What Lambda itself does with a role, and what makes S3 answer 404 for what is gone: no function asks for it. */
const NOT_ASKED_FOR = /^(logs|xray|lambda):|Stream|GetRecords|GetShardIterator|s3:ListBucket|bucket\/aws\/lambda/;

/** What a run does not come to, and why the permission is needed all the same. */
const NOT_REACHED: Readonly<Record<string, readonly string[]>> = {
  // The plan of a rewind finishes a compaction whose controller died before it had taken replaced objects off the list;
  // a report of load is written when enough was used to pay for it, which a rewind here is too small for and a minute
  // of the controller not always enough; and who ends a lease whose message was made visible early finds out where it
  // went, which takes the lease's whole time.
  Rewinder: [
    'dynamodb:DeleteItem on catalog',
    'dynamodb:PutItem on ledger',
    'dynamodb:GetItem on ledger',
    'dynamodb:UpdateItem on ledger',
  ],
  // A claim, like a redrive, notes where messages went by a change of visibility when it removes their finished lease,
  // which a process left behind that died.
  Receive: ['dynamodb:UpdateItem on ledger'],
  // No payload object here is a day old, so the repair job looks for no block.
  Controller: ['dynamodb:PutItem on ledger', 'dynamodb:GetItem on ledger', 'dynamodb:BatchGetItem on cells'],
  // A look for a message that a rewind brought back reads the delivery of its hold, unless a claim has taken that over.
  Admin: ['dynamodb:GetItem on cells'],
  // A payload object leaves with its send only when the table refuses its block.
  Send: ['s3:DeleteObject on bucket/payloads/*'],
  Sqs: ['s3:DeleteObject on bucket/payloads/*'],
};

const allowedTo = (assembly: Assembly, name: string): ReadonlySet<string> =>
  new Set(permissionsOf(assembly, name).map((permission) => permission.replace(/cell \d+$/, 'cells')));

/** No function asked the engines for what its role does not allow. */
export function showPermissionsSuffice(deployed: Deployed): void {
  for (const name of deployed.functionNames) {
    const allowed = allowedTo(deployed.assembly, name);
    const missing = [...deployed.askedBy(name)].filter((one) => !allowed.has(one));
    show(`${name} may do what it does`, missing);
  }
}

/** Every function asked for all that its role allows. */
export function showPermissionsAreNeeded(deployed: Deployed): void {
  for (const name of deployed.functionNames) {
    const expected = new Set([...deployed.askedBy(name), ...(NOT_REACHED[name] ?? [])]);
    const unused = [...allowedTo(deployed.assembly, name)].filter(
      (one) => !expected.has(one) && !NOT_ASKED_FOR.test(one),
    );
    show(`${name} does what it may`, unused);
  }
}

/** The functions that `All` stands for behind a function URL. */
const ROUTED = ['Send', 'Receive', 'Delete', 'Admin'];

/** Behind a function URL roles are as behind routes, where a run compares them with what functions do, both ways. */
export function showSameRoles(byUrl: Assembly, byRoutes: Assembly): void {
  const names = new Set([...byRoutes.functionNames(), ...byUrl.functionNames()]);
  for (const name of [...names].filter((one) => !ROUTED.includes(one))) {
    const parts = name === 'All' ? ROUTED : [name];
    const wanted = new Set(parts.flatMap((one) => [...allowedTo(byRoutes, one)]));
    const given = allowedTo(byUrl, name);
    show(`${name} may do the same`, [
      ...[...wanted].filter((one) => !given.has(one)),
      ...[...given].filter((one) => !wanted.has(one)),
    ]);
  }
}
