import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { given } from '../../support/given.ts';
import { MESSAGE_DIFFERENCES } from './message-differences.ts';
import { QUEUE_DIFFERENCES } from './queue-differences.ts';
import { type Differences, SqsCaller, type Told } from './sqs-caller.ts';

const DIFFERENCES: Differences = { ...MESSAGE_DIFFERENCES, ...QUEUE_DIFFERENCES };

/** Tests of what is not there yet. */
const NOT_YET: Differences = {
  'FIFO queues': async (sqs) => {
    const created = await sqs.call('CreateQueue', { QueueName: 'orders.fifo', Attributes: { FifoQueue: 'true' } });
    expect(created['__type']).toBe('com.amazonaws.sqs#UnsupportedOperation');
    const without = await sqs.call('CreateQueue', { QueueName: 'orders.fifo' });
    expect(without['__type']).toBe('com.amazonaws.sqs#InvalidParameterValueException');
  },
  'fair queues': async (sqs) => {
    for (let number = 0; number < 30; number++) await sqs.send(`${number}`, { MessageGroupId: 'noisy' });
    sqs.world.clock.advance(1);
    await sqs.send('quiet', { MessageGroupId: 'quiet' });
    const received: Told[] = [];
    while (received.length < 31) received.push(...(await sqs.receive({ MessageSystemAttributeNames: ['All'] })));
    expect(received.at(-1)).toMatchObject({ Body: 'quiet', Attributes: { MessageGroupId: 'quiet' } });
  },
};

it.each(Object.entries({ ...DIFFERENCES, ...NOT_YET }))('differs from SQS as the table says: %s', async (_, test) => {
  await test(new SqsCaller(await given()));
});

it.each([
  ['## Different, on purpose', DIFFERENCES],
  ['## Not there yet', NOT_YET],
])('has a test for each row of the table under %s', (heading, tests) => {
  const [, section = ''] = readFileSync('docs/sqs-compatibility.md', 'utf8').split(heading);
  const [table = ''] = section.split('\n## ');
  const titles = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, title = '']) => title).slice(2);

  expect(titles.toSorted()).toEqual(Object.keys(tests).toSorted());
});
