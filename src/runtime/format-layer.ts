import type { MiddlewareObj } from '@middy/core';
import { checkFormat } from '../engine/index.ts';
import { QueueError } from '../model/errors.ts';
import type { Catalog } from '../ports/catalog.ts';

/** Checks before the first call of a process that this release reads what is stored; if not, every call fails. */
export function formatLayer(catalog: Pick<Catalog, 'get'>): MiddlewareObj {
  let isKnown = false;
  const before = async () => {
    if (isKnown) return;
    try {
      await checkFormat(catalog);
      isKnown = true;
    } catch (error) {
      // The catalog gave no answer: the call reports that itself if it needs the catalog, and the next call asks again.
      if (!(error instanceof QueueError)) throw error;
    }
  };
  return { before };
}
