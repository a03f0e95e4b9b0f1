import { permissionsOf } from '../lib/synthesized.ts';
import type { Deployed } from './deployed.ts';
import type { Verdict } from './verdict.ts';

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

/** Behind a function URL one function serves all calls. */
const notReached = (name: string): readonly string[] =>
  (name === 'All' ? ['Send', 'Receive', 'Delete', 'Admin'] : [name]).flatMap((one) => NOT_REACHED[one] ?? []);

/** Compares what each function asked the engines for with its role, both ways. */
export function judgePermissions(deployed: Deployed, verdict: Verdict): void {
  for (const name of deployed.functionNames) {
    const asked = deployed.askedBy(name);
    const allowed = new Set(
      permissionsOf(deployed.assembly, name).map((permission) => permission.replace(/cell \d+$/, 'cells')),
    );
    const expected = new Set([...asked, ...notReached(name)]);
    const missing = [...asked].filter((one) => !allowed.has(one));
    const unused = [...allowed].filter((one) => !expected.has(one) && !NOT_ASKED_FOR.test(one));
    verdict.judge(`${name} may do what it does`, missing);
    verdict.judge(`${name} does what it may`, unused);
  }
}
