import { getQueue, listQueues } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { decodeToken, encodeToken, pageLimit } from '../paging.ts';
import { queueUrl } from '../queue-names.ts';
import { integer, text } from '../shapes.ts';

/** Pages of queues that one call reads; if there are more, the answer has a token. */
const PAGES_MAX = 10;
/** Queues of one read: all are looked at, and few are sources. */
const PAGE_LIMIT = 1_000;

export const listDeadLetterSourceQueuesAction = queueAction({
  name: 'ListDeadLetterSourceQueues',
  right: 'any',
  input: { NextToken: text, MaxResults: integer },
  async answer({ host, origin }, target, { NextToken, MaxResults }) {
    const limit = pageLimit(MaxResults);
    await getQueue(host.service, target);
    const sources: string[] = [];
    let after = NextToken === undefined || NextToken === '' ? undefined : decodeToken(NextToken);
    for (let page = 0; page < PAGES_MAX && sources.length < limit; page++) {
      const range = after === undefined ? {} : { after };
      const { queues, next } = await listQueues(host.service, { ...range, limit: PAGE_LIMIT });
      const found = queues.filter(({ settings }) => settings.deadLetter?.queue === target).map(({ name }) => name);
      const taken = found.slice(0, limit - sources.length);
      sources.push(...taken);
      after = taken.length < found.length ? taken.at(-1) : next;
      if (after === undefined) break;
    }
    return {
      queueUrls: sources.map((name) => queueUrl(origin, host, name)),
      ...(after === undefined ? {} : { NextToken: encodeToken(after) }),
    };
  },
});
