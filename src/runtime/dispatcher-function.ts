import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { SigningKeyRing, type WakeUp } from '../engine/index.ts';
import type { EpochMs } from '../model/brand.ts';
import type { QueueId } from '../model/ids.ts';
import { openAwsRuntime } from './aws.ts';
import { AwsTargets } from './aws-targets.ts';
import { DeployedFunction } from './deployed-function.ts';
import { ENV, type Environment, METRICS, variable } from './env.ts';
import { ownerOf } from './owner.ts';
import { pushInTurn } from './push-turn.ts';
import { systemClock } from './system-clock.ts';
import { sendThrough } from './targets/index.ts';

/** With few processes for dispatchers, each begins nothing new after this, and its successor waits for its turn. */
const TURN_MS = 60_000;

/** How long a key that was removed may still sign, and a new one may not yet. */
const KEYS_FRESH_MS = 10_000;

type DispatcherContext = Pick<Context, 'getRemainingTimeInMillis' | 'invokedFunctionArn'>;

/** Opens the function that pushes the messages of one queue. @throws Error that names the missing variable */
export function openDispatcherFunction(environment: Environment) {
  const { service, telemetry, layers, pushRunner } = openAwsRuntime(environment);
  const sender = new DeployedFunction(variable(environment, ENV.senderFunction));
  const { catalog, clock, signingSecrets: secrets } = service;
  const ring = secrets && new SigningKeyRing({ catalog, clock, secrets }, KEYS_FRESH_MS);
  const send = sendThrough(sender);
  const hasTurns = environment[ENV.dispatchers] !== undefined;
  if (pushRunner === undefined) throw new Error(`environment variable ${ENV.targets} is missing`);
  const handler = async ({ queue, ...wakeUp }: WakeUp, context: DispatcherContext): Promise<void> => {
    const { log } = telemetry;
    const owner = ownerOf(context.invokedFunctionArn);
    const keysOf = async (queueId: QueueId) => (await ring?.secretsOf(queueId)) ?? [];
    const target = new AwsTargets(pushRunner.targets, { owner, keysOf, send });
    const nowMs = systemClock.nowMs();
    const command = {
      queue,
      target,
      wakeUp,
      end: new AbortController().signal,
      processEndsMs: (nowMs + context.getRemainingTimeInMillis()) as EpochMs,
      ...(hasTurns ? { turnEndsMs: (nowMs + TURN_MS) as EpochMs } : {}),
      startPart: (part: string) => pushRunner.call({ queue, due: [], part }),
      onLoop: () => telemetry.count(METRICS.pushLoops, 1),
      onBreaker: (breaker?: { readonly sinceMs: number }) => {
        if (breaker === undefined) return;
        telemetry.measureSeconds(METRICS.pushFailingSeconds, (systemClock.nowMs() - breaker.sinceMs) / 1_000);
      },
    };
    const { outcome, error, settled } = await pushInTurn(service, command, log);
    // A successor works while this process waits for its last calls.
    if (outcome === 'spent') await pushRunner.call({ queue, ...wakeUp });
    await settled;
    // Its notes wake another one within a minute.
    if (outcome === 'failed') throw error;
  };
  return middy(handler).use([...layers]);
}
