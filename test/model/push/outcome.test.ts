import { describe, expect, it } from 'vitest';
import { type CallEnd, failedItems, type Verdict, verdictOn } from '../../../src/model/push/index.ts';

const status = (code: number): CallEnd => ({ kind: 'status', status: code });
const TABLE: readonly (readonly [CallEnd, Verdict])[] = [
  [status(200), 'done'],
  [status(204), 'done'],
  [status(301), 'target'],
  [status(307), 'target'],
  [status(400), 'message'],
  ...[401, 403, 404, 405, 407, 408, 410, 425, 429].map((code) => [status(code), 'target'] as const),
  [status(413), 'message'],
  [status(415), 'message'],
  [status(422), 'message'],
  [status(500), 'message'],
  [status(501), 'message'],
  [status(502), 'unclear'],
  [status(503), 'target'],
  [status(504), 'unclear'],
  [{ kind: 'addressRefused' }, 'target'],
  [{ kind: 'notSigned' }, 'target'],
  [{ kind: 'nameNotResolved' }, 'target'],
  [{ kind: 'notConnected' }, 'target'],
  [{ kind: 'tlsFailed' }, 'target'],
  [{ kind: 'notLoaded' }, 'target'],
  [{ kind: 'handlerFailed' }, 'message'],
  [{ kind: 'handlerExited' }, 'message'],
  [{ kind: 'timedOut' }, 'unclear'],
  [{ kind: 'answerCut' }, 'unclear'],
];

describe('the table of outcomes', () => {
  it.each(TABLE.map(([end, verdict]) => [JSON.stringify(end), verdict, end] as const))(
    '%s is %s',
    (_, verdict, end) => {
      expect(verdictOn(end)).toBe(verdict);
    },
  );
});

const IDS = ['one', 'two', 'three'];
const list = (...items: unknown[]) => JSON.stringify({ batchItemFailures: items });

describe('an answer with batch item failures', () => {
  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['an empty list', list()],
    ['a null list', '{"batchItemFailures": null}'],
  ])('means that all succeeded when it is %s', (_, answer) => {
    expect(failedItems(answer, IDS)).toEqual([]);
  });

  it.each([
    ['no JSON', 'oops'],
    ['a text', '"fine"'],
    ['a list', '[]'],
    ['a list of another kind', '{"batchItemFailures": "one"}'],
    ['an empty identifier', list({ itemIdentifier: '' })],
    ['a null identifier', list({ itemIdentifier: null })],
    ['a misnamed identifier', list({ itemId: 'one' })],
    ['an unknown identifier', list({ itemIdentifier: 'four' })],
    ['a known and an unknown identifier', list({ itemIdentifier: 'one' }, { itemIdentifier: 'four' })],
    ['a null item', list(null)],
  ])('means that all failed when it has %s', (_, answer) => {
    expect(failedItems(answer, IDS)).toEqual(IDS);
  });

  it('names the messages that failed, each once', () => {
    const answer = list({ itemIdentifier: 'two' }, { itemIdentifier: 'two' });

    expect(failedItems(answer, IDS)).toEqual(['two']);
  });

  it('reads the ids of a batch once, however many messages failed', () => {
    const ids = Array.from({ length: 1_000 }, (_, number) => `message ${number}`);
    let reads = 0;
    const counted = new Proxy(ids, {
      get: (target, name) => {
        reads++;
        return Reflect.get(target, name) as unknown;
      },
    });

    expect(failedItems(list(...ids.map((itemIdentifier) => ({ itemIdentifier }))), counted)).toEqual(ids);
    expect(reads).toBeLessThan(3 * ids.length);
  });
});
