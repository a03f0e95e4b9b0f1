import { expect, it } from 'vitest';
import type { QueueService } from '../../src/engine/index.ts';
import { actionTable } from '../../src/protocols/rest/action-table.ts';
import { ALL_ACTIONS } from '../../src/protocols/rest/actions/index.ts';
import { answerRest } from '../../src/protocols/rest/answer.ts';
import { given, type World } from '../support/given.ts';

/** Fields that callers name themselves, and fields with causes in words. */
const OWN_WORDS = new Set(['name', 'body', 'attributes', 'tags', 'into', 'queue', 'cause', 'message', 'summary']);

/** Randomness that begins each text with the character that command lines take for an option. */
const hostileRandom = () => {
  let drawn = 0;
  return { next: () => 0, text: (length: number) => `-${String(++drawn).padStart(length - 1, '0')}` };
};

/** Calls operations one after the other, and collects the texts of their answers by field. */
class Asker {
  readonly asked = new Set<string>();
  readonly texts: { readonly field: string; readonly text: string }[] = [];
  readonly #service: QueueService;
  readonly #table = actionTable(ALL_ACTIONS);

  constructor(service: QueueService) {
    this.#service = service;
  }

  async call(method: string, target: string, body?: object): Promise<Record<string, unknown>> {
    const [rawPath = '', rawQueryString = ''] = target.split('?');
    const event = {
      routeKey: '$default',
      rawPath,
      rawQueryString,
      headers: { 'content-type': 'application/json' },
      requestContext: { requestId: 'request', http: { method } },
      body: body === undefined ? undefined : JSON.stringify(body),
      isBase64Encoded: false,
    };
    this.asked.add(this.#table.find(event).action.id);
    const host = { service: this.#service, startedAtMs: this.#service.clock.nowMs(), actions: this.#table };
    const answer = await answerRest(host, event);
    expect(answer.statusCode, `${target}: ${answer.body}`).toBeLessThan(300);
    const told = answer.body === '' ? {} : (JSON.parse(answer.body) as Record<string, unknown>);
    if (!target.startsWith('/openapi')) this.#gather('', told);
    return told;
  }

  #gather(field: string, value: unknown): void {
    if (typeof value === 'string') this.texts.push({ field, text: value });
    else if (Array.isArray(value)) for (const item of value) this.#gather(field, item);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) if (!OWN_WORDS.has(name)) this.#gather(name, inner);
    }
  }
}

async function askEverything(world: World, asker: Asker): Promise<void> {
  const at = '/queues/-orders';
  await asker.call('PUT', '/queues/-dead', {});
  await asker.call('PUT', at, { deadLetter: { queue: '-dead', maxReceives: 1 } });
  await asker.call('GET', '/queues?limit=1');
  await asker.call('PATCH', at, { delaySeconds: 0 });
  const bodies = Array.from({ length: 12 }, (_, number) => ({ body: `${number}` }));
  const sent = await asker.call('POST', `${at}/messages`, { messages: bodies });
  const [first] = sent['messages'] as { readonly id: string }[];
  await asker.call('GET', `${at}/messages/${first?.id}`);
  for (const state of ['ready', 'inFlight', 'delayed'])
    await asker.call('GET', `${at}/messages?state=${state}&limit=2`);
  const receiptsOf = (answer: Record<string, unknown>) =>
    (answer['messages'] as { readonly receipt: string }[]).map(({ receipt }) => receipt);
  const mine = receiptsOf(await asker.call('POST', `${at}/receive`, { max: 10 }));
  await asker.call('POST', `${at}/messages/${first?.id}/visibility`, { visibilitySeconds: 60 });
  await asker.call('DELETE', `${at}/messages/${first?.id}`);
  await asker.call('POST', `${at}/visibility`, { receipts: mine.slice(0, 2), visibilitySeconds: 0 });
  await asker.call('POST', `${at}/delete`, { receipts: mine.slice(2) });
  await asker.call('POST', `${at}/receive`, { max: 10 });
  await world.settle();
  world.clock.advance(1);
  await asker.call('GET', `${at}/messages?state=deleted&limit=2`);
  const rewind = await asker.call('POST', `${at}/rewinds`, { from: '2020-01-01T00:00:00Z' });
  await asker.call('GET', `${at}/rewinds/${String(rewind['id'])}`);
  await world.runRewinds();
  await asker.call('GET', `${at}/rewinds`);
  await asker.call('POST', `${at}/receive`, { max: 10 });
  await asker.call('POST', '/queues/-dead/redrive', {});
  const other = await asker.call('POST', `${at}/rewinds`, { from: '2020-01-01T00:00:00Z' });
  await asker.call('DELETE', `${at}/rewinds/${String(other['id'])}`);
  const looks = [at, `${at}/route`, '/cells', '/health', '/ready', '/openapi.json'];
  for (const path of [...looks, `${at}/history`, '/history', '/usage', '/rewinds']) await asker.call('GET', path);
  await asker.call('PUT', `${at}/subscription`, { to: { https: 'https://orders.example' } });
  await asker.call('GET', `${at}/subscription`);
  await asker.call('POST', `${at}/subscription/pause`);
  await asker.call('POST', `${at}/subscription/resume`);
  await asker.call('DELETE', `${at}/subscription`);
  const key = await asker.call('POST', `${at}/signing-keys`);
  await asker.call('GET', `${at}/signing-keys`);
  await asker.call('DELETE', `${at}/signing-keys/${String(key['id'])}`);
  await asker.call('POST', `${at}/purge`);
  await asker.call('DELETE', `${at}/purge`);
  await asker.call('DELETE', at);
  await asker.call('POST', `${at}/restore`);
}

it('no operation answers an id, a receipt or a cursor that begins with a hyphen', async () => {
  const world = await given({ queues: {} });
  const pushRunner = { refusal: () => undefined, start: async () => {} };
  const signingSecrets = { seal: async (secret: string) => secret, open: async (sealed: string) => sealed };
  const asker = new Asker(world.process({}, { random: hostileRandom(), pushRunner, signingSecrets }));

  await askEverything(world, asker);

  expect(asker.asked).toEqual(new Set(ALL_ACTIONS.map(({ id }) => id)));
  const fields = new Set(asker.texts.map(({ field }) => field));
  expect([...fields]).toEqual(expect.arrayContaining(['id', 'receipt', 'cursor', 'rewoundBy', 'cell']));
  expect(asker.texts.filter(({ text }) => text.startsWith('-'))).toEqual([]);
});
