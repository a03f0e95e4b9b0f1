import { type Answer, type Call, callerOf } from './calling.ts';
import type { Deployed } from './deployed.ts';
import { show } from './shown.ts';

/** Calls of a flood, and how many of them are on their way at once. */
const CALLS = 240;
const AT_ONCE = 12;
const SENDS = 20;
const SIGNED = ['Send', 'Receive', 'Delete', 'Admin'];

/** A call of SQS's protocol by an access key that nobody has issued. */
function unknownCaller(): Readonly<Record<string, string>> {
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const authorization = [
    `AWS4-HMAC-SHA256 Credential=RMQABCDEFGHIJKLMNOP/${date.slice(0, 8)}/us-east-1/sqs/aws4_request`,
    'SignedHeaders=host;x-amz-date',
    `Signature=${'0'.repeat(64)}`,
  ].join(', ');
  const target = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' };
  return { ...target, authorization, 'x-amz-date': date };
}

/** Floods without a valid signature: none reaches storage or takes anything from signed calls. */
export async function showFlood(deployed: Deployed, signed: Call): Promise<void> {
  await signed('PUT', '/queues/flooded', {});
  const before = deployed.loadOf(SIGNED).calls;
  const unsigned = callerOf(deployed.url);
  const refused = await flood(() => unsigned('POST', '/queues/flooded/messages', { messages: [{ body: 'no' }] }));
  show('calls without a signature are all refused', refused[403] === CALLS ? [] : [JSON.stringify(refused)]);
  const used = deployed.loadOf(SIGNED).calls - before;
  show('and no function of a signed route runs', used === 0 ? [] : [`${used} calls of the engines`]);

  const lookedUpBefore = deployed.loadOf(['Sqs']).calls;
  const sqs = callerOf(deployed.url, unknownCaller());
  const [heard, sent] = await Promise.all([
    flood(() => sqs('POST', '/', { QueueUrl: `${deployed.url}/0/flooded`, MessageBody: 'no' })),
    Promise.all(
      Array.from({ length: SENDS }, async (_, number) =>
        signed('POST', '/queues/flooded/messages', { messages: [{ body: String(number) }] }),
      ),
    ),
  ]);
  console.log(`a flood of ${CALLS} calls with an unknown key was answered ${JSON.stringify(heard)}`);
  const others = Object.keys(heard).filter((status) => !['unknownKey', '429', '503'].includes(status));
  show('calls with an unknown key are refused', others);
  show('those beyond the throttle of their route by the gateway', (heard[429] ?? 0) > 0 ? [] : [JSON.stringify(heard)]);
  const lookedUp = deployed.loadOf(['Sqs']).calls - lookedUpBefore;
  const isRemembered = lookedUp < (heard['unknownKey'] ?? 0) / 2;
  show('an unknown key is looked up a few times', isRemembered ? [] : [`${lookedUp} for ${JSON.stringify(heard)}`]);
  const failed = sent.filter(({ status }) => status === 429);
  show(
    'signed calls are not throttled meanwhile',
    failed.map(({ text }) => text),
  );
}

/** How often a flood of this call got which status. */
async function flood(call: () => Promise<Answer>): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  let left = CALLS;
  const one = async () => {
    while (left-- > 0) {
      const { status: heard, text } = await call();
      const status = text.includes('UnrecognizedClient') ? 'unknownKey' : heard;
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return statuses;
}
