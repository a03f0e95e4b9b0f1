import { describe, expect, it } from 'vitest';
import { type AlarmProperties, type AlarmState, type Minute, statesOf } from './cloudwatch-alarm.ts';
import { type Resource, synthesized } from './synthesized.ts';

const NO_DATA: Minute = [];
const minutes = (count: number, ...values: number[]): Minute[] => Array.from({ length: count }, () => values);
const QUIET = minutes(10);

/** For each alarm what makes it sound, with the minutes without data that go with it, and what must not. */
const SERIES: Readonly<Record<string, { readonly sounds: readonly Minute[][]; readonly keepsQuiet: Minute[][] }>> = {
  OldestMessage: {
    sounds: [minutes(5, 3_601)],
    keepsQuiet: [QUIET, minutes(10, 3_599), [...minutes(4, 4_000), NO_DATA, NO_DATA, NO_DATA]],
  },
  DeadLetters: {
    sounds: [
      [NO_DATA, [1]],
      [...QUIET, [1, 3]],
    ],
    keepsQuiet: [QUIET],
  },
  UnreadableDeliveries: { sounds: [[...QUIET, [1]]], keepsQuiet: [QUIET] },
  StorageThrottled: {
    sounds: [minutes(3, 60, 50)],
    keepsQuiet: [QUIET, minutes(10, 100), [[500], NO_DATA, NO_DATA, NO_DATA, [500]]],
  },
  CallsFailed: { sounds: [[[0], [1], [1]]], keepsQuiet: [QUIET, minutes(10, 0), [[0], [0], [1], [0], [0]]] },
  ArchiverLags: { sounds: [minutes(5, 300_001)], keepsQuiet: [QUIET, minutes(10, 200)] },
  ArchiverSilent: {
    sounds: [[...QUIET, ...[60, 120, 180, 240, 300, 360, 420, 480].map((age) => [age])]],
    // What was passed late, and a controller that says nothing, for which there is an alarm of its own.
    keepsQuiet: [QUIET, [...QUIET, [60], [120], NO_DATA, [60]], [[360], [420], NO_DATA, NO_DATA, NO_DATA, NO_DATA]],
  },
  ArchiverFails: { sounds: [minutes(5, 1)], keepsQuiet: [QUIET, [[2], [2], [0], [0], [0], [0]]] },
  // The controller looks every five minutes, and the alarm lasts as long as batches lie there.
  ArchiverGivesUp: { sounds: [[...QUIET, [2], ...minutes(4), [2], ...minutes(4)]], keepsQuiet: [QUIET] },
  ControllerFails: { sounds: [minutes(5, 1)], keepsQuiet: [QUIET, minutes(10, 0), [[1], [1], [0], [1], [1]]] },
  ControllerStopped: {
    sounds: [minutes(10), [...minutes(20, 1), ...minutes(7)], minutes(5, 0)],
    keepsQuiet: [minutes(10, 1), [...minutes(10, 1), NO_DATA, ...minutes(10, 2)]],
  },
  PushTargetFails: {
    // A try each minute or two, while the target stays at fault.
    sounds: [[[200], [260], [320], NO_DATA, [410]]],
    keepsQuiet: [QUIET, [[290], NO_DATA, [310], ...minutes(5)], minutes(10, 250)],
  },
  PushLoops: { sounds: [[NO_DATA, [1]]], keepsQuiet: [QUIET] },
  DispatcherFails: { sounds: [minutes(5, 1)], keepsQuiet: [QUIET, [[1], [1], [0], [1], [1]]] },
  WakerLags: { sounds: [minutes(5, 60_001)], keepsQuiet: [QUIET, minutes(10, 500)] },
  RewindsFail: { sounds: [[NO_DATA, [1]]], keepsQuiet: [QUIET, minutes(5, 0)] },
};

const idOf = ({ Properties }: Resource): string => /#(\w+)/.exec(String(Properties['AlarmDescription']))?.[1] ?? '';
const propertiesOf = ({ Properties }: Resource) => Properties as unknown as AlarmProperties;
const lastState = (alarm: Resource, series: readonly Minute[]): AlarmState | undefined =>
  statesOf(propertiesOf(alarm), series).at(-1);

const TARGETS = { targets: '*=https://hooks.example.com' };
const DEPLOYMENTS = [TARGETS, { ...TARGETS, frontDoor: 'function-url', accessKeys: true }].map((settings) => ({
  settings,
  alarms: synthesized({ cells: 2, ...settings }).ofType('AWS::CloudWatch::Alarm'),
}));

describe.each(DEPLOYMENTS)('the alarms of a deployment with $settings', ({ alarms }) => {
  it('are those with a series here, each of one metric', () => {
    const known = Object.keys(SERIES).map((id) => id.toLowerCase());

    expect(new Set(alarms.map(idOf))).toEqual(new Set(known));
    expect(alarms.filter(({ Properties }) => Properties['Metrics'] !== undefined)).toEqual([]);
  });

  it.each(Object.entries(SERIES))('sound where they should: %s', (id, { sounds, keepsQuiet }) => {
    const ofKind = alarms.filter((alarm) => idOf(alarm) === id.toLowerCase());

    expect(ofKind).not.toEqual([]);
    for (const alarm of ofKind) {
      expect(sounds.map((series) => lastState(alarm, series))).toEqual(sounds.map(() => 'ALARM'));
      expect(keepsQuiet.map((series) => statesOf(propertiesOf(alarm), series).includes('ALARM'))).toEqual(
        keepsQuiet.map(() => false),
      );
    }
  });
});

describe('the evaluation of an alarm', () => {
  const ALARM: AlarmProperties = {
    Period: 60,
    Statistic: 'Sum',
    EvaluationPeriods: 3,
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
  };
  const dots = (text: string): Minute[] => text.split('').map((mark) => (mark === '-' ? [] : [mark === 'X' ? 1 : 0]));

  /** The rows of AWS's own tables: `0` is within the threshold, `X` breaches it, `-` is missing. */
  it.each([
    ['0-X-X', 3, 'OK', 'OK'],
    ['----0', 3, 'OK', 'OK'],
    ['-----', 3, 'ALARM', 'OK'],
    ['0XX-X', 3, 'ALARM', 'ALARM'],
    ['--X--', 3, 'ALARM', 'OK'],
    ['0-X-X', 2, 'ALARM', 'ALARM'],
    ['00X0X', 2, 'ALARM', 'ALARM'],
    ['0-X--', 2, 'ALARM', 'OK'],
    ['----0', 2, 'ALARM', 'OK'],
    ['----X', 2, 'ALARM', 'OK'],
  ])('is that of the documentation for %s, %d of 3', (marks, wanted, breaching, notBreaching) => {
    const at = (TreatMissingData: AlarmProperties['TreatMissingData']) =>
      statesOf({ ...ALARM, DatapointsToAlarm: wanted, TreatMissingData }, dots(marks)).at(-1);

    expect([at('breaching'), at('notBreaching')]).toEqual([breaching, notBreaching]);
  });
});
