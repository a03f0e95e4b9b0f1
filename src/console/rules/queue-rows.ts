import type { ListQueuesAnswer } from '../../client/index.ts';

export type ListedQueue = ListQueuesAnswer['queues'][number];

/** Columns by which queues can be sorted. */
export const QUEUE_COLUMNS = ['name', 'ready', 'inFlight', 'delayed', 'deadLettered', 'oldest', 'sent'] as const;
export type QueueColumn = (typeof QUEUE_COLUMNS)[number];

export interface Order {
  readonly column: QueueColumn;
  readonly isDescending: boolean;
}

export function valueOf(queue: ListedQueue, column: QueueColumn): string | number {
  if (column === 'name') return queue.name;
  if (column === 'oldest') return queue.oldestReadyAgeSeconds ?? 0;
  return queue.counts?.[column] ?? 0;
}

/** Queues whose names or tags contain the text, in order; equal ones by name. */
export function queueRows(queues: readonly ListedQueue[], search: string, order: Order): ListedQueue[] {
  const wanted = search.trim().toLowerCase();
  const rows = queues.filter((queue) => textOf(queue).includes(wanted));
  const sign = order.isDescending ? -1 : 1;
  return rows.sort((one, other) => sign * compare(one, other, order.column) || compare(one, other, 'name'));
}

const textOf = ({ name, tags }: ListedQueue): string =>
  [name, ...Object.entries(tags).map(([tag, value]) => `${tag}=${value}`)].join('\n').toLowerCase();

function compare(one: ListedQueue, other: ListedQueue, column: QueueColumn): number {
  const [left, right] = [valueOf(one, column), valueOf(other, column)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Queues that send their dead letters here. */
export const sourcesOf = (name: string, queues: readonly ListedQueue[]): string[] =>
  queues.filter(({ deadLetter }) => deadLetter?.queue === name).map((queue) => queue.name);
