import { beforeAll, describe, expect, it } from 'vitest';
import { eventually, type QueueAnswer, type QueueClient } from './rest-client.ts';
import { givenServer, IS_BEHIND_GATEWAY, IS_BY_EVENTS } from './server.ts';
import { CALLS } from './wrong-calls.ts';
import { WRONG_BODIES, WRONG_INSTANTS } from './wrong-values.ts';

const server = givenServer();

const REQUEST_BYTES_MAX = 4 * 1024 * 1024;
const MESSAGE_BYTES_MAX = 1024 * 1024;

/** Replaces the value at a path like `messages[0].body`; `undefined` removes it. */
function withValue(body: object, field: string, value: unknown): object {
  const copy = structuredClone(body) as Record<string, unknown>;
  const steps = field.split(/[.[\]]+/).filter((step) => step !== '');
  const last = steps.pop() ?? '';
  const parent = steps.reduce((inner, step) => inner[step] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[last];
  else Object.defineProperty(parent, last, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** A queue with a message; the last of the following tests shows that none of them changed it. */
function givenQueue(): { readonly queue: QueueClient; itIsUnchanged(): void } {
  let queue: QueueClient | undefined;
  let before: QueueAnswer | undefined;
  const still = ({ countsAsOf: _asOf, oldestReadyAgeSeconds: _age, ...rest }: QueueAnswer) => rest;
  beforeAll(async () => {
    queue = await server.rest.newQueue({ tags: { is: 'unchanged' } });
    await queue.send('untouched');
    // A busy archiver may not have counted yet.
    await eventually(async () => {
      before = await queue?.show();
      expect(before?.countsExact).toBe(true);
    });
  });
  const given = () => {
    if (queue === undefined || before === undefined) throw new Error('the queue is there once tests run');
    return { queue, before };
  };
  return {
    get queue() {
      return given().queue;
    },
    itIsUnchanged: () => {
      it('leaves everything as it was with all of that', async () => {
        const list = await server.rest.call<{ queues: object[] }>('GET', `/queues?prefix=${given().queue.name}`);

        await eventually(async () => expect(still(await given().queue.show())).toEqual(still(given().before)));
        expect(list.body.queues).toHaveLength(1);
      });
    },
  };
}

for (const { method, path, body, fields, required, closed } of CALLS) {
  describe(`${method} /queues/{name}${path}`, () => {
    const given = givenQueue();
    const refuse = async (wrong: unknown, expected: { status: number; error: object }) => {
      const answer = await server.rest.call(method, given.queue.path + path, wrong);

      expect(answer).toMatchObject({ status: expected.status, body: { error: expected.error } });
      expect(answer.body.error.message.length).toBeLessThan(500);
    };
    const invalid = (field: string) => ({ status: 400, error: { code: 'invalidField', field } });

    const wrongFields = Object.entries(fields).flatMap(([field, values]) =>
      values.map(({ title, value }) => ({ field, title, value })),
    );
    if (wrongFields.length > 0) {
      it.each(wrongFields)('refuses $title as $field', async ({ field, value }) => {
        await refuse(withValue(body, field, value), invalid(field));
      });
    }

    if (required.length > 0) {
      it.each(required)('refuses to do without %s', async (field) => {
        await refuse(withValue(body, field, undefined), invalid(field));
      });
    }

    it.each(closed.flatMap((place) => [`${place}surprise`, `${place}__proto__`, `${place}constructor`]))(
      'refuses the unknown %s',
      async (field) => {
        await refuse(withValue(body, field, { polluted: true }), invalid(field));
        expect({}).not.toHaveProperty('polluted');
      },
    );

    it.each(WRONG_BODIES)('refuses $title as its body', async ({ body: wrong }) => {
      // An event holds a JSON body as text, with marks for invalid bytes: it is JSON then, and refused for its fields.
      const isMended = IS_BY_EVENTS && wrong instanceof Uint8Array;
      await refuse(wrong, { status: 400, error: { code: isMended ? 'invalidField' : 'invalidJson' } });
    });

    it('refuses a body above 4 MiB', async () => {
      const large = JSON.stringify({ ...body, filler: 'x'.repeat(REQUEST_BYTES_MAX) });

      await refuse(large, { status: 413, error: { code: 'tooLarge' } });
    });

    it('refuses an unknown name in its query', async () => {
      const answer = await server.rest.call(method, `${given.queue.path}${path}?surprise=1`, body);

      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'surprise' } } });
    });

    given.itIsUnchanged();
  });
}

describe('a name that a body has twice', () => {
  it('is refused, and told with its path', async () => {
    const body = '{"messages": [{"body": "first", "body": "second"}]}';

    const answer = await server.rest.call('POST', '/queues/orders/messages', body);

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'messages[0].body' } } });
    expect(answer.body.error.message).toContain('more than once');
  });
});

describe('messages that are wrong in themselves', () => {
  const given = givenQueue();
  const refuse = async (message: object, expected: { status: number; error: object }) => {
    const body = { messages: [{ body: 'fine' }, message] };
    const answer = await server.rest.call('POST', `${given.queue.path}/messages`, body);

    expect(answer).toMatchObject({ status: expected.status, body: { error: expected.error } });
  };
  const invalid = (field: string) => ({ status: 400, error: { code: 'invalidField', field } });

  it('are refused with both a delay and a moment', async () => {
    const message = { body: '', delaySeconds: 1, deliverAt: '2999-01-01T00:00:00Z' };

    await refuse(message, invalid('messages[1].deliverAt'));
  });

  it.each(['', 'a', '1,5', '0x10', '1e', 'Infinity', '--1', '1 '])('are refused with the number %j', async (value) => {
    await refuse({ body: '', attributes: { a: { type: 'number', value } } }, invalid('messages[1].attributes.a.value'));
  });

  it.each(['a', 'YQ', 'YQ=', '=YQ=', 'Y Q=', 'YQ==\n', '_-_-'])('are refused with the Base64 %j', async (value) => {
    await refuse({ body: '', attributes: { a: { type: 'binary', value } } }, invalid('messages[1].attributes.a.value'));
  });

  it.each(['', 'a b', 'ä', 'a/b', 'x'.repeat(257)])('are refused with an attribute called %j', async (name) => {
    const expected = { status: 400, error: { code: 'invalidField', field: expect.stringContaining('attributes[') } };

    await refuse({ body: '', attributes: { [name]: { type: 'string', value: '' } } }, expected);
  });

  it('are refused above 1 MiB, attributes included', async () => {
    const attributes = { a: { type: 'string', value: '' } };
    const tooLarge = { status: 413, error: { code: 'tooLarge', field: 'messages[1].body' } };

    await refuse({ body: 'x'.repeat(MESSAGE_BYTES_MAX - 'astring'.length + 1), attributes }, tooLarge);
    await refuse({ body: '€'.repeat(MESSAGE_BYTES_MAX / 3 + 1) }, tooLarge);
  });

  given.itIsUnchanged();
});

describe('queries', () => {
  const given = givenQueue();
  const NUMBERS = ['0', '-1', '1001', '1.5', 'x', '', '1e2', '0x1', ' 1', '99999999999999999999'];
  const limits = NUMBERS.map((value) => ['limit', value] as const);
  const instants = WRONG_INSTANTS.flatMap(({ value }) => (typeof value === 'string' ? [['from', value] as const] : []));
  const everywhere = [['surprise', '1'] as const, ['__proto__', '1'] as const];

  const prefixes = [['prefix', 'a b'] as const, ['prefix', 'x'.repeat(81)] as const];
  const cases = [...limits, ...everywhere, ...prefixes, ['cursor', '../'] as const].map(([field, value]) => ({
    field,
    value,
  }));
  it.each(cases)('of the list of queues are refused with $field=$value', async ({ field, value }) => {
    const answer = await server.rest.call('GET', `/queues?${new URLSearchParams([[field, value]]).toString()}`);

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field } } });
  });

  const looks = [...limits, ...instants, ...everywhere, ['state', 'purged'] as const, ['state', ''] as const];
  it.each(looks)('of a look are refused with %s=%s', async (field, value) => {
    const query = new URLSearchParams([[field, value]]).toString();
    const answer = await server.rest.call('GET', `${given.queue.path}/messages?${query}`);

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field } } });
  });

  it.each([...instants, ...everywhere])('of a search are refused with %s=%s', async (field, value) => {
    const query = new URLSearchParams([[field, value]]).toString();
    const answer = await server.rest.call('GET', `${given.queue.path}/messages/id?${query}`);

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field } } });
  });

  it('are refused when a name is given twice', async () => {
    const answer = await server.rest.call('GET', '/queues?limit=1&limit=2');

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'limit' } } });
  });
});

describe('names', () => {
  const encoded = [
    'a b',
    'a/b',
    '../a',
    '../../etc/passwd',
    'ä',
    'a.b',
    '.fifo',
    'x'.repeat(81),
    'a\u0000',
    '%',
    'a.fifo.fifo',
  ];
  const calls: readonly (readonly [method: string, path: string, body?: object])[] = [
    ['PUT', '', {}],
    ['GET', ''],
    ['PATCH', '', {}],
    ['DELETE', ''],
    ['POST', '/messages', { messages: [{ body: '' }] }],
    ['GET', '/messages'],
    ['GET', '/messages/id'],
    ['POST', '/receive', {}],
    ['POST', '/delete', { receipts: [''] }],
    ['POST', '/visibility', { receipts: [''], visibilitySeconds: 0 }],
    ['POST', '/purge', {}],
    ['DELETE', '/purge'],
  ];

  it.each(encoded)('like %j are refused by every call', async (name) => {
    for (const [method, path, body] of calls) {
      const answer = await server.rest.call(method, `/queues/${encodeURIComponent(name)}${path}`, body);

      // API Gateway decodes a path before it looks for a route.
      const isElsewhere = IS_BEHIND_GATEWAY && name.includes('/');
      const expected = { status: 400, body: { error: { code: 'invalidField', field: 'name' } } };
      expect(answer, `${method} ${path}`).toMatchObject(isElsewhere ? { status: 404 } : expected);
    }
  });

  it('that end in .fifo are reserved: none is created, and none is there', async () => {
    const created = await server.rest.call('PUT', '/queues/orders.fifo', {});
    const shown = await server.rest.call('GET', '/queues/orders.fifo');

    expect(created).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'name' } } });
    expect(shown).toMatchObject({ status: 404, body: { error: { code: 'queueNotFound' } } });
  });
});
