import { setTimeout as sleep } from 'node:timers/promises';

/** A consumer's report to the demo. */
export type ConsumerReport =
  | { readonly kind: 'received'; readonly bodies: number; readonly redelivered: number }
  /** The server acknowledged the delete of these, as [message id, body]. */
  | { readonly kind: 'deleted'; readonly messages: readonly (readonly [id: string, body: string])[] };

interface Received {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  readonly receiveCount: number;
}

/** Few, so that each kill loses few. */
const MESSAGES_PER_RECEIVE = 20;
/** Short, so that the demo ends soon after the last message. */
const WAIT_SECONDS = 1;
/** A consumer that will be killed works on its messages until then. */
const WORK_MS_MAX = 60_000;
/** Time a consumer works on its messages. */
const WORK_MS = 50;

process.once('disconnect', () => process.exit());
const [queueUrl = '', role = ''] = process.argv.slice(2);
for (;;) await consume();

/** Receives, works, deletes; reports each step after the server's answer. */
async function consume(): Promise<void> {
  const wish = { max: MESSAGES_PER_RECEIVE, waitSeconds: WAIT_SECONDS };
  const { messages } = (await post('receive', wish)) as { messages: Received[] };
  if (messages.length === 0) return;
  const redelivered = messages.filter(({ receiveCount }) => receiveCount > 1).length;
  await report({ kind: 'received', bodies: messages.length, redelivered });
  await sleep(role === 'doomed' ? WORK_MS_MAX : WORK_MS);
  const receipts = messages.map(({ receipt }) => receipt);
  const { failed } = (await post('delete', { receipts })) as { failed: { receipt: string }[] };
  const stale = new Set(failed.map(({ receipt }) => receipt));
  const deleted = messages.filter(({ receipt }) => !stale.has(receipt));
  await report({ kind: 'deleted', messages: deleted.map(({ id, body }) => [id, body] as const) });
}

async function post(call: string, body: object): Promise<unknown> {
  const answer = await fetch(`${queueUrl}/${call}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${call}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}

/** Resolves once it is written, so that a later kill cannot undo it. */
function report(what: ConsumerReport): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(what, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
