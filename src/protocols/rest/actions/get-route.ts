import * as z from 'zod/mini';
import { lookAtRoute } from '../../../engine/index.ts';
import { cellOfShard } from '../../../model/ids.ts';
import type { RouteShard } from '../../../model/route.ts';
import { action } from '../action.ts';
import {
  DecisionView,
  PlannedView,
  rate,
  renderCellId,
  renderDecision,
  renderPlanned,
  renderRate,
  renderShardId,
} from '../control-view.ts';
import { instant, newQueueName, oneOf, text, wholeNumber } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { isoTime } from '../times.ts';

const ShardView = z.object({
  id: text(),
  cell: text(),
  state: oneOf(['open', 'draining']),
  since: instant(),
  /** Its sends relative to those of a full shard; absent when it takes as many. */
  weight: z.optional(z.number().check(z.positive(), z.maximum(1))),
  /** After a purge: receives return only messages that entered the queue from then on. */
  from: z.optional(instant()),
  /** Nothing in it is due before then. */
  nextDue: z.optional(instant()),
  throttlesPerSecond: rate(),
});

export const getRouteAction = action({
  id: 'getRoute',
  method: 'GET',
  path: '/queues/{name}/route',
  summary: 'Show the shards of a queue, what they take, and what the controller does about it',
  input: { path: QueuePath },
  answers: {
    200: z.object({
      name: newQueueName(),
      version: wholeNumber(1, Number.MAX_SAFE_INTEGER),
      shards: z.array(ShardView),
      load: z.object({
        writeUnitsPerSecond: rate(),
        readUnitsPerSecond: rate(),
        messagesPerSecond: rate(),
        lostClaimsPerSecond: rate(),
      }),
      planned: z.array(PlannedView),
      decisions: z.array(DecisionView),
    }),
  },
  async answer({ service }, { path: { name } }) {
    const { queue, load, planned, decisions } = await lookAtRoute(service, name);
    const { version, shards } = queue.route;
    return {
      status: 200,
      body: {
        name: queue.name,
        version,
        shards: shards.map((shard) => renderShard(shard, load.throttles.get(shard.id) ?? 0)),
        load: {
          writeUnitsPerSecond: renderRate(load.writeUnits),
          readUnitsPerSecond: renderRate(load.readUnits),
          messagesPerSecond: renderRate(load.messages),
          lostClaimsPerSecond: renderRate(load.lostClaims),
        },
        planned: planned.map(renderPlanned),
        decisions: decisions.map(renderDecision),
      },
    };
  },
});

const renderShard = (shard: RouteShard, throttles: number): z.output<typeof ShardView> => ({
  id: renderShardId(shard.id),
  cell: renderCellId(cellOfShard(shard.id)),
  state: shard.state,
  since: isoTime(shard.sinceMs),
  ...(shard.weight === undefined ? {} : { weight: shard.weight }),
  ...(shard.fromMs === undefined ? {} : { from: isoTime(shard.fromMs) }),
  ...(shard.nextDueMs === undefined ? {} : { nextDue: isoTime(shard.nextDueMs) }),
  throttlesPerSecond: renderRate(throttles),
});
