import { listQueues } from '../../../engine/index.ts';
import { reaches } from '../../../model/access-key.ts';
import { QUEUE_NAME_PATTERN } from '../../../model/queue.ts';
import { action } from '../action.ts';
import { decodeToken, encodeToken, pageLimit } from '../paging.ts';
import { queueUrl } from '../queue-names.ts';
import { integer, text } from '../shapes.ts';

export const listQueuesAction = action({
  name: 'ListQueues',
  input: { QueueNamePrefix: text, NextToken: text, MaxResults: integer },
  async answer({ host, origin, key }, { QueueNamePrefix: prefix = '', NextToken, MaxResults }) {
    // No name starts like this, so the store is not asked.
    if (prefix !== '' && !QUEUE_NAME_PATTERN.test(prefix)) return {};
    const { queues, next } = await listQueues(host.service, {
      prefix,
      limit: pageLimit(MaxResults),
      ...(NextToken === undefined || NextToken === '' ? {} : { after: decodeToken(NextToken) }),
    });
    const shown = key === undefined ? queues : queues.filter(({ name }) => reaches(key, name));
    return {
      ...(shown.length === 0 ? {} : { QueueUrls: shown.map(({ name }) => queueUrl(origin, host, name)) }),
      // A caller that sets no maximum expects no further page.
      ...(next === undefined || MaxResults === undefined ? {} : { NextToken: encodeToken(next) }),
    };
  },
});
