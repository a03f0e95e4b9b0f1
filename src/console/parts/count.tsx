import { countText } from '../rules/index.ts';

/** A count; nothing to see is grey. `~` marks one that is not exact for one moment. */
export function Count({ of, isExact = true }: { readonly of: number | undefined; readonly isExact?: boolean }) {
  if (of === undefined) return <span className="quiet">–</span>;
  return <span className={of === 0 ? 'count quiet' : 'count'}>{`${isExact ? '' : '~'}${countText(of)}`}</span>;
}
