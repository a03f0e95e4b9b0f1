import type { LeaseInPlace } from '../../model/lease.ts';
import { encodeParts } from '../../model/part-codec.ts';
import type { Condition, MarkChange } from '../../ports/shard-store.ts';
import { encodeForward, NUMBER_SETS } from './delivery-items.ts';
import type { Value } from './items.ts';
import { DELIVERY, PARTITION_KEY } from './keys.ts';

/** Values in expressions, by their placeholders. */
type Values = Record<string, Value>;

/** DynamoDB takes 300 operators an expression. A message in a condition costs two, or four for both marks. */
const ASKED_MAX = 140;

/** Whether DynamoDB can check the condition in one expression. */
export const isExpressible = ({ notMoved = [], outstanding = [] }: Condition): boolean =>
  notMoved.length + 2 * outstanding.length <= ASKED_MAX;

/** The condition for a command that changes nothing in place. */
export function conditionFields(condition: Condition) {
  const values: Values = {};
  const ConditionExpression = conditionExpression(condition, values);
  // DynamoDB refuses an empty list of values.
  return { ConditionExpression, ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}) };
}

/** The change in place, and its condition. */
export function changeFields(change: MarkChange, condition: Condition) {
  const values: Values = {};
  return {
    UpdateExpression: updateExpression(change, values),
    ConditionExpression: conditionExpression(condition, values),
    ExpressionAttributeValues: values,
  };
}

/** A lease in place, and its condition. It is no arrival, so the waker need not learn of it. */
export function leaseFields({ untilMs, parts }: LeaseInPlace, condition: Condition) {
  const values: Values = {};
  const until = placeholder(values, 'until', untilMs);
  const set = [
    `${DELIVERY.leasedUntil}=${until}`,
    `${DELIVERY.edition}=${until}`,
    `${DELIVERY.parts}=${placeholder(values, 'parts', encodeParts(parts))}`,
  ];
  const add = `${DELIVERY.receiveCount} ${placeholder(values, 'one', 1)}`;
  return {
    UpdateExpression: `SET ${set.join(',')} ADD ${add} REMOVE ${DELIVERY.wakes}`,
    ConditionExpression: conditionExpression(condition, values),
    ExpressionAttributeValues: values,
  };
}

/** Always requires the item: an update would otherwise create it. */
function conditionExpression(condition: Condition, values: Values): string {
  const { edition, isIntact, notMoved = [], outstanding = [] } = condition;
  const terms = [`attribute_exists(${PARTITION_KEY})`];
  if (edition === 0) terms.push(`attribute_not_exists(${DELIVERY.edition})`);
  else if (edition !== undefined) terms.push(`${DELIVERY.edition}=${placeholder(values, 'edition', edition)}`);
  if (isIntact) {
    terms.push(`attribute_exists(${DELIVERY.receiveCount})`);
    terms.push(`attribute_not_exists(${DELIVERY.acked})`, `attribute_not_exists(${DELIVERY.moved})`);
  }
  const contains = (set: string) => (index: number) => `contains(${set},${placeholder(values, index, index)})`;
  const moved = [...new Set([...notMoved, ...outstanding])].map(contains(DELIVERY.moved));
  const acked = outstanding.map(contains(DELIVERY.acked));
  if (moved.length > 0) terms.push(`NOT(${[...moved, ...acked].join(' OR ')})`);
  return terms.join(' AND ');
}

/** Sets new values, adds to sets that only grow, and counts the change. */
function updateExpression(change: MarkChange, values: Values): string {
  const settings: [name: string, value: Value][] = [];
  if (change.first !== undefined) settings.push([DELIVERY.first, change.first]);
  for (const [index, to] of change.forward ?? []) settings.push([DELIVERY.forward + index, encodeForward(to)]);
  const additions: [name: string, value: Value][] = [[DELIVERY.edition, 1]];
  for (const name of NUMBER_SETS) {
    const indexes = new Set(change[name]);
    if (indexes.size > 0) additions.push([DELIVERY[name], indexes]);
  }
  const set = settings.map(([name, value]) => `${name}=${placeholder(values, name, value)}`);
  const add = additions.map(([name, value]) => `${name} ${placeholder(values, name, value)}`);
  return `${set.length > 0 ? `SET ${set.join(',')} ` : ''}ADD ${add.join(',')}`;
}

function placeholder(values: Values, name: string | number, value: Value): string {
  values[`:${name}`] = value;
  return `:${name}`;
}
