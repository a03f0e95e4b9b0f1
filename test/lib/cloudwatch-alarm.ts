/** What of an alarm in a template decides when it sounds. */
export interface AlarmProperties {
  readonly Period: number;
  readonly Statistic: 'Sum' | 'Maximum';
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold: number;
  readonly ComparisonOperator: 'GreaterThanThreshold' | 'LessThanThreshold';
  readonly TreatMissingData: 'notBreaching' | 'breaching';
}

/** The values that a metric got in a minute; none when it got no data. */
export type Minute = readonly number[];

export type AlarmState = 'OK' | 'ALARM';

/** CloudWatch looks at this many periods more than the alarm names, for real data in place of what is missing. */
const FURTHER_PERIODS = 2;

/**
 * The state of an alarm after each minute of a series, as CloudWatch documents it ("Configuring how CloudWatch alarms
 * treat missing data"): where the range it looks at holds enough real datapoints, the newest of them decide, older
 * ones included; otherwise missing ones are filled in. So a rare datapoint can decide for longer than its periods.
 */
export function statesOf(alarm: AlarmProperties, series: readonly Minute[]): AlarmState[] {
  if (alarm.Period !== 60) throw new Error(`an alarm by periods of ${alarm.Period} s is not evaluated here`);
  const points = series.map((values) => pointOf(alarm, values));
  return points.map((_, minute) => stateAt(alarm, points.slice(0, minute + 1)));
}

function pointOf({ Statistic }: AlarmProperties, values: Minute): number | undefined {
  if (values.length === 0) return undefined;
  return Statistic === 'Sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
}

function stateAt(alarm: AlarmProperties, points: readonly (number | undefined)[]): AlarmState {
  const { EvaluationPeriods: count, DatapointsToAlarm: wanted = count, TreatMissingData: missing } = alarm;
  const real = points.slice(-(count + FURTHER_PERIODS)).filter((point) => point !== undefined);
  const breaching = real.slice(-count).filter((point) => isBreaching(alarm, point)).length;
  const filled = Math.max(0, count - real.length);
  return breaching + (missing === 'breaching' ? filled : 0) >= wanted ? 'ALARM' : 'OK';
}

const isBreaching = ({ ComparisonOperator, Threshold }: AlarmProperties, point: number): boolean =>
  ComparisonOperator === 'GreaterThanThreshold' ? point > Threshold : point < Threshold;
