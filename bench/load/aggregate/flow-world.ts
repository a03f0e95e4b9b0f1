import type { QueueId } from '../../../src/model/ids.ts';
import type { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import type { InstanceCount, Recorder, SplitWatch } from '../world/index.ts';
import type { Avoided } from './avoided.ts';
import type { Endings } from './endings.ts';
import type { LoadedShards } from './loaded-shards.ts';
import type { Witness } from './processes.ts';

/** The surroundings of counted requests, and their observers. */
export interface FlowWorld {
  readonly random: SeededRandom;
  readonly tickMs: number;
  readonly recorder: Recorder;
  readonly processes: Witness;
  readonly splits: SplitWatch;
  readonly avoided: { readonly send: Avoided; readonly receive: Avoided };
  readonly endings: Endings;
  readonly instances: { readonly receive: Pick<InstanceCount, 'used' | 'started'> };
  readonly queues: ReadonlyMap<QueueId, { readonly shards: LoadedShards; readonly group: string | undefined }>;
}
