import type { CallEnd } from '../../src/model/push/index.ts';
import { type Faults, NO_FAULTS } from '../../src/stores/simulated/faults.ts';

/** What befalls the processes of a world, one of these. */
export const FAULTS: readonly Faults[] = [
  NO_FAULTS,
  { ...NO_FAULTS, crash: 0.01 },
  { ...NO_FAULTS, lostAnswer: 0.02 },
  { ...NO_FAULTS, slow: 0.01 },
  { crash: 0.01, lostAnswer: 0.01, throttle: 0.02, slow: 0.005 },
];

/** How calls end while there are faults. */
export const TARGET_ENDS: readonly CallEnd[] = [
  ...[200, 200, 200, 500, 429, 502].map((status) => ({ kind: 'status', status }) as const),
  { kind: 'timedOut' },
  { kind: 'notConnected' },
];
