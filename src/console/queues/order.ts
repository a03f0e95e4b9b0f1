import { useSearchParams } from 'wouter';
import { type Order, QUEUE_COLUMNS, type QueueColumn } from '../rules/index.ts';

const BY_NAME: Order = { column: 'name', isDescending: false };

/** The order in the address: `?sort=ready` is ascending, `?sort=-ready` descending. */
export function useOrder(): { readonly order: Order; readonly sortBy: (column: QueueColumn) => void } {
  const [parameters, setParameters] = useSearchParams();
  const order = orderOf(parameters.get('sort'));
  const sortBy = (column: QueueColumn) => {
    // Names from A on, numbers from the largest on; again turns it.
    const isDescending = order.column === column ? !order.isDescending : column !== 'name';
    setParameters(
      (before) => {
        const next = new URLSearchParams(before);
        next.set('sort', `${isDescending ? '-' : ''}${column}`);
        return next;
      },
      { replace: true },
    );
  };
  return { order, sortBy };
}

function orderOf(text: string | null): Order {
  const column = QUEUE_COLUMNS.find((one) => one === text?.replace('-', ''));
  return column === undefined ? BY_NAME : { column, isDescending: text?.startsWith('-') === true };
}
