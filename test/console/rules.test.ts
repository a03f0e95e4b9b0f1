import { describe, expect, it } from 'vitest';
import {
  balanceOf,
  bytesText,
  cancelJob,
  cliLine,
  countText,
  createQueue,
  curlLine,
  DEFAULT_SETTINGS,
  deleteQueue,
  durationText,
  firstLine,
  firstSteps,
  hexText,
  jsonText,
  lifeOf,
  listCells,
  listJobs,
  lookAtMessages,
  messageOf,
  messagesText,
  parseSecondsField,
  parseSettings,
  purgeQueue,
  queueRows,
  refreshMs,
  restoreQueue,
  sendMessage,
  setUpsOf,
  shortCount,
  showJob,
  showRoute,
  startRedrive,
  startRewind,
  textsOfSettings,
  undoPurge,
  updateQueue,
} from '../../src/console/rules/index.ts';
import { NO_COUNTS } from '../../src/model/counts.ts';

const HERE = { url: 'http://127.0.0.1:4100', isKeyed: false };

const PLAIN = {
  name: 'orders',
  createdAt: '',
  visibilitySeconds: 30,
  delaySeconds: 0,
  waitSeconds: 0,
  rewindSeconds: 604_800,
  tags: {},
} as const;

describe('lines that do the same', () => {
  it('are words that a shell reads as they are meant', () => {
    const { words } = sendMessage('orders', { body: `it's "$HOME" \`x\``, delaySeconds: 90 });

    expect(cliLine(words, HERE)).toBe(`npx rewindmq send orders --delay 90s 'it'\\''s "$HOME" \`x\`'`);
  });

  it('name the server where it is not the default one', () => {
    const line = cliLine(createQueue('orders', { visibilitySeconds: 60 }).words, { ...HERE, url: 'http://host:1' });

    expect(line).toBe('npx rewindmq --url http://host:1 queue create orders --visibility 60s');
  });

  it('show a call by curl with its method, query and body', () => {
    expect(curlLine(createQueue('orders', {}).call, HERE)).toBe(
      `curl -X PUT http://127.0.0.1:4100/queues/orders -d '{}'`,
    );
    expect(curlLine(lookAtMessages('orders', { state: 'deleted', limit: 5 }).call, HERE)).toBe(
      `curl 'http://127.0.0.1:4100/queues/orders/messages?state=deleted&limit=5'`,
    );
  });

  it('take the access key from the environment', () => {
    const line = curlLine({ method: 'GET', path: '/queues' }, { ...HERE, isKeyed: true });

    expect(line).toBe(
      'curl --aws-sigv4 aws:amz:us-east-1:execute-api --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" ' +
        'http://127.0.0.1:4100/queues',
    );
  });

  it.each([
    [purgeQueue('orders'), 'POST /queues/orders/purge', 'queue purge orders --yes'],
    [undoPurge('orders'), 'DELETE /queues/orders/purge', 'queue purge orders --undo'],
    [deleteQueue('orders', true), 'DELETE /queues/orders', 'queue rm orders --force --yes'],
    [restoreQueue('orders'), 'POST /queues/orders/restore', 'queue restore orders'],
    [
      startRedrive('dead', { max: 5, perSecond: 50 }),
      'POST /queues/dead/redrive',
      'redrive dead --max 5 --rate 50 --yes',
    ],
    [cancelJob('orders', 'r1'), 'DELETE /queues/orders/rewinds/r1', 'job cancel orders r1'],
    [showJob('orders', 'r1'), 'GET /queues/orders/rewinds/r1', 'job show orders r1'],
    [listJobs('orders'), 'GET /queues/orders/rewinds', 'job ls orders'],
    [showRoute('orders'), 'GET /queues/orders/route', 'route orders'],
    [listCells, 'GET /cells', 'route'],
  ])('name the same thing twice', ({ call, words }, wanted, line) => {
    expect(`${call.method} ${call.path}`).toBe(wanted);
    expect(words.join(' ')).toBe(line);
  });

  it('are programs that CI runs: set-ups.slow.ts the first three, test/clients/run the others', () => {
    const names = setUpsOf('orders', HERE).map(({ name }) => name);

    expect(names).toEqual(['curl', 'RewindMQ client', 'JavaScript', 'Python', 'Java', 'Go', 'PHP']);
  });

  it('of a deployment are signed with credentials of AWS, in its Region', () => {
    const url = 'https://abc.execute-api.eu-west-1.amazonaws.com';

    const line = curlLine({ method: 'GET', path: '/queues' }, { url, isKeyed: true, region: 'eu-west-1' });

    expect(line).toBe(
      'curl --aws-sigv4 aws:amz:eu-west-1:execute-api --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" ' +
        `-H "x-amz-security-token: $AWS_SESSION_TOKEN" ${url}/queues`,
    );
    // SQS clients can call a deployment only where its settings ask for it.
    const setUps = setUpsOf('orders', { url, isKeyed: true, region: 'eu-west-1' });
    expect(setUps.map(({ name }) => name)).toEqual(['curl', 'RewindMQ client']);
    expect(setUps[1]?.text).toContain('credentials: defaultProvider(),');
    const [, second] = firstSteps('orders', { url, isKeyed: true, region: 'eu-west-1' });
    expect(second?.text).toBe(
      `npx rewindmq --url ${url} queue create orders\nnpx rewindmq --url ${url} send orders hello`,
    );
  });

  it('say what a change removes, and whether a rewind only counts', () => {
    expect(updateQueue('orders', { deadLetter: null }).words).toEqual(['queue', 'edit', 'orders', '--no-dead-letter']);
    expect(startRewind('orders', { from: '2026-01-01T00:00:00Z' }, true).words.at(-1)).toBe('--dry-run');
    expect(startRewind('orders', { from: '2026-01-01T00:00:00Z' }, true).call.body).toMatchObject({ dryRun: true });
  });
});

describe('numbers and spans', () => {
  it('part thousands, and give bytes in powers of 1,024', () => {
    expect(countText(12_431_000).replaceAll('\u202f', ' ')).toBe('12 431 000');
    expect(messagesText(1)).toBe('1 message');
    expect([shortCount(950), shortCount(12_500), shortCount(1_240_000)]).toEqual(['950', '12.5 k', '1.24 M']);
    expect([bytesText(1_023), bytesText(1_536), bytesText(3 * 1_048_576)]).toEqual(['1023 B', '1.5 KiB', '3.0 MiB']);
  });

  it.each([
    [850, '850 ms'],
    [192_000, '3 m 12 s'],
    [7_200_000, '2 h'],
    [604_800_000, '7 d'],
  ])('show %i ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it.each([
    ['90', 90],
    ['90s', 90],
    ['2 h', 7_200],
    ['1.5d', 129_600],
    ['7 days', 604_800],
    ['soon', undefined],
    ['10ms', undefined],
    ['', undefined],
  ])('read %j as %s seconds', (text, seconds) => {
    expect(parseSecondsField(text)).toBe(seconds);
  });
});

describe('the balance of a queue', () => {
  it('is whole when every message that entered is somewhere', () => {
    const { entered, difference, places } = balanceOf({ ...NO_COUNTS, sent: 10, rewound: 2, ready: 4, deleted: 8 });

    expect({ entered, difference }).toEqual({ entered: 12, difference: 0 });
    expect(places.map(([name]) => name)).toEqual(['ready', 'delayed', 'in flight', 'deleted', 'dead-lettered']);
  });

  it('tells how many are missing', () => {
    expect(balanceOf({ ...NO_COUNTS, sent: 10, ready: 9 }).difference).toBe(1);
  });
});

describe('bodies', () => {
  it('are formatted if they are JSON objects or lists, and left alone otherwise', () => {
    expect(jsonText('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect([jsonText('{"a":'), jsonText('hello'), jsonText('12')]).toEqual([undefined, undefined, undefined]);
  });

  it('show their bytes', () => {
    expect(hexText('hä\n')).toBe('00000000  68 c3 a4 0a                                      |h...|');
  });

  it('cannot steer or reorder the text around them', () => {
    expect(firstLine('a\u202eb\u0000c\r\nd')).toBe('a\\u{202e}b\\u{0}c d');
  });
});

describe('a list of queues', () => {
  const queue = (name: string, ready: number) => ({
    ...PLAIN,
    name,
    tags: { team: name.slice(0, 1) },
    counts: { ...NO_COUNTS, ready },
  });
  const queues = [queue('b', 1), queue('a', 1), queue('c', 5)];

  it('is sorted by a column, and by name where that is equal', () => {
    const names = queueRows(queues, '', { column: 'ready', isDescending: true }).map(({ name }) => name);

    expect(names).toEqual(['c', 'a', 'b']);
  });

  it('is searched by name and by tag', () => {
    const names = queueRows(queues, 'TEAM=b', { column: 'name', isDescending: false }).map(({ name }) => name);

    expect(names).toEqual(['b']);
  });
});

describe('refreshes', () => {
  it.each([
    [{ isOn: true, isHidden: false }, 5_000],
    [{ isOn: true, isHidden: true }, 60_000],
    [{ isOn: true, isHidden: false, queueCount: 1_000 }, 60_000],
    [{ isOn: false, isHidden: false }, false],
  ] as const)('of %j come every %s ms', (view, ms) => {
    expect(refreshMs(view)).toBe(ms);
  });
});

describe('forms', () => {
  it('send only settings that changed', () => {
    const { changes, errors } = parseSettings(
      { ...DEFAULT_SETTINGS, visibility: '2m', rewindable: 'forever' },
      DEFAULT_SETTINGS,
    );

    expect({ changes, errors }).toEqual({ changes: { visibilitySeconds: 120, rewindSeconds: 'forever' }, errors: {} });
  });

  it('show the settings of a queue as a user types them', () => {
    const texts = textsOfSettings({ ...PLAIN, deadLetter: { queue: 'dead', maxReceives: 3 }, tags: { team: 'shop' } });

    expect(texts).toMatchObject({ visibility: '30', deadLetter: 'dead', maxReceives: '3', tags: 'team=shop' });
    expect(parseSettings(texts, texts)).toEqual({ changes: {}, errors: {} });
  });

  it('mark what cannot be read', () => {
    const { errors } = parseSettings(
      { ...DEFAULT_SETTINGS, delay: 'soon', deadLetter: 'a b', tags: 'x' },
      DEFAULT_SETTINGS,
    );

    expect(Object.keys(errors)).toEqual(['delay', 'deadLetter', 'tags']);
  });

  it('deliver a message after a span, at a time, or at once', () => {
    const now = { nowMs: Date.UTC(2026, 0, 1, 12), zone: 'utc' } as const;
    const of = (deliver: string) => messageOf({ body: 'x', attributes: [], deliver }, now);

    expect(of('').message).toEqual({ body: 'x' });
    expect(of('2h').message).toEqual({ body: 'x', delaySeconds: 7_200 });
    expect(of('14:05').message).toEqual({ body: 'x', deliverAt: '2026-01-01T14:05:00.000Z' });
    expect(of('soon').error).toMatch(/neither a span nor a time/);
  });
});

describe('the life of a message', () => {
  it('is told in order, with the time between', () => {
    const life = lifeOf({
      id: '',
      state: 'deleted',
      body: '',
      attributes: {},
      receiveCount: 2,
      sentAt: '2026-01-01T00:00:00.000Z',
      visibleAt: '2026-01-01T00:00:00.000Z',
      firstReceivedAt: '2026-01-01T00:00:05.000Z',
      deletedAt: '2026-01-01T00:01:00.000Z',
    });

    expect(life.map(({ what, afterMs }) => [what, afterMs])).toEqual([
      ['sent', undefined],
      ['received first; 2 times so far', 5_000],
      ['deleted by a consumer; kept for rewinds', 55_000],
    ]);
  });
});
