import { permissionsOf } from '../lib/synthesized.ts';
import type { Deployed } from './deployed.ts';
import type { Verdict } from './verdict.ts';

/** What Lambda itself does with a role, and what makes S3 answer 404 for what is gone: no function asks for it. */
const NOT_ASKED_FOR = /^(logs|xray|lambda):|Stream|GetRecords|GetShardIterator|s3:ListBucket|bucket\/aws\/lambda/;

/** What a run of minutes does not come to, and why the permission is needed all the same. */
const NOT_REACHED: Readonly<Record<string, readonly string[]>> = {
  // A report of load is written once a thousand units pay for it, or by chance.
  Send: ['dynamodb:PutItem on ledger'],
  Delete: ['dynamodb:PutItem on ledger'],
  Admin: ['dynamodb:PutItem on ledger', 'dynamodb:Query on ledger'],
  // Extended leases that pile up at the head of a shard are renamed, and their old receipts find the new ones.
  Receive: ['dynamodb:PutItem on ledger'],
  Sqs: ['dynamodb:PutItem on ledger', 'states:StartExecution on rewinds'],
  // A batch that is given twice finds its object, and reads how far it came.
  Archiver: ['s3:GetObject on bucket/archive/*', 'dynamodb:PutItem on ledger'],
  // What was cancelled is taken back, a compaction that died is finished, and a redrive claims like a consumer.
  Rewinder: [
    'dynamodb:DeleteItem on catalog',
    'dynamodb:Query on cells',
    'dynamodb:GetItem on cells',
    'dynamodb:BatchGetItem on cells',
    'dynamodb:UpdateItem on cells',
    'dynamodb:UpdateItem on ledger',
    'dynamodb:PutItem on ledger',
    's3:GetObject on bucket/payloads/*',
  ],
  // What was purged or deleted is discarded an hour later, archive objects of an hour that is over are
  // joined, and rewinds that the state machine left are carried out.
  Controller: [
    'dynamodb:DeleteItem on catalog',
    'dynamodb:DeleteItem on cells',
    'dynamodb:GetItem on cells',
    'dynamodb:UpdateItem on cells',
    'dynamodb:UpdateItem on ledger',
    'dynamodb:PutItem on ledger',
    'dynamodb:UpdateTable on cells',
    's3:DeleteObject on bucket/archive/*',
    's3:PutObject on bucket/archive/*',
    's3:PutObjectTagging on bucket/archive/*',
    's3:GetObject on bucket/archive/*',
    's3:DeleteObject on bucket/payloads/*',
    'dynamodb:BatchWriteItem on cells',
  ],
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
