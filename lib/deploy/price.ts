import { alarmMetricCount } from '../alarms.ts';
import type { Settings } from '../settings.ts';

/** Dollars in us-east-1, November 2026: prices of CloudWatch, KMS and Lambda; free tiers are left out. */
const ALARM_METRIC_MONTH = 0.1;
const KEY_MONTH = 1;
/** A minute's run of the controller where nothing waits: 44,640 runs of about half a second at 512 MiB, on arm64. */
const CONTROLLER_MONTH = 44_640 * (0.2e-6 + 0.5 * 0.5 * 13.3334e-6);
/** Its reads and writes: about 12 read and 2 write units a run. */
const CONTROLLER_UNITS_MONTH = 44_640 * (12 * 0.125e-6 + 2 * 0.625e-6);

/** What a deployment costs a month before the first message, in US dollars. See docs/performance.md for the rest. */
export function monthlyBasePrice(settings: Settings): number {
  const keys = settings.encryption === 'customer-key' ? 2 : 1;
  return alarmMetricCount(settings) * ALARM_METRIC_MONTH + keys * KEY_MONTH + CONTROLLER_MONTH + CONTROLLER_UNITS_MONTH;
}
