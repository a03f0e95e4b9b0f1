import { nameOf } from '../names.ts';
import { servingFunctions } from '../routes.ts';
import { receiveProcessesOf, reservedForReceives, type Settings } from '../settings.ts';
import type { AccountFacts } from './facts.ts';

/** One run of `cdk deploy` over all stacks. */
export interface Pass {
  /** Whether tables and the storage stack refuse to be deleted. */
  readonly protection: 'on' | 'off';
  readonly why: string;
}

export interface DeploymentPlan {
  readonly passes: readonly Pass[];
  /** Values that the account gives to settings that were left out. */
  readonly settings: Pick<Settings, 'receiveProcesses'>;
  /** Notes to show before it begins. */
  readonly notes: readonly string[];
}

/** Why nothing was deployed, in a sentence that says what to do. */
export class DeploymentRefused extends Error {}

/** Lambda keeps this many processes of an account unreserved. */
const UNRESERVED_MIN = 100;
/** Below this quota, a reservation for one function takes processes that another needs. */
const ROOMY_QUOTA = 200;
/** A call takes about 20 ms of a process; a waiting receive takes one process for its whole wait. */
const CALLS_PER_PROCESS = 50;

/**
 * Decides how to deploy, from the state of the account. A first deployment runs without protection, so that it can be
 * repeated when it fails, and a second pass protects it. An existing one is always protected.
 *
 * @throws DeploymentRefused
 */
export function planDeployment(settings: Settings, facts: AccountFacts): DeploymentPlan {
  refuseUnprepared(facts);
  refuseBusy(settings, facts);
  refuseOrphans(settings, facts);
  refuseCooling(settings, facts);
  const { storage } = facts;
  const receives = planReceives(settings, facts);
  const notes = [...concurrencyNotes(settings, facts), receives.note];
  const plan = { settings: receives.settings, notes };
  if (settings.removal === 'destroy') {
    return { ...plan, passes: [{ protection: 'off', why: 'removal=destroy: nothing is protected' }] };
  }
  if (storage === 'complete') {
    return { ...plan, passes: [{ protection: 'on', why: 'the deployment exists: its protection stays on' }] };
  }
  const first = storage === 'absent' ? 'a first deployment' : 'a first deployment, repeated after one that failed';
  return {
    ...plan,
    passes: [
      { protection: 'off', why: `${first}: without protection, so that it can be repeated` },
      { protection: 'on', why: 'turns on the protection of tables and of the storage stack' },
    ],
  };
}

function refuseUnprepared({ isBootstrapped, account, region }: AccountFacts): void {
  if (isBootstrapped) return;
  throw new DeploymentRefused(
    `The CDK is not set up in account ${account}, Region ${region}. ` +
      `Run once: npx cdk bootstrap aws://${account}/${region}`,
  );
}

/** What an interrupted deployment leaves. A stack that is rolled back must not be made again with protection. */
function refuseBusy(settings: Settings, { storage }: AccountFacts): void {
  if (storage !== 'busy') return;
  throw new DeploymentRefused(
    `CloudFormation is still creating or removing stack ${nameOf(settings, 'storage')}. ` +
      'Repeat the command when it has ended.',
  );
}

/** Tables without a stack would make the deployment fail halfway. */
function refuseOrphans({ stage }: Settings, { storage, tables }: AccountFacts): void {
  if (storage !== 'absent' || tables.size === 0) return;
  const names = [...tables.keys()].join(', ');
  throw new DeploymentRefused(
    `Tables of stage "${stage}" exist and no stack owns them: ${names}. They may hold messages. Choose another stage ` +
      '(-c stage=…), or see "Tables without a stack" in docs/runbook.md.',
  );
}

/** Half of the account, unless the settings say otherwise: waiting receives leave the rest to everything else. */
function planReceives(
  given: Settings,
  { concurrency }: AccountFacts,
): { settings: DeploymentPlan['settings']; note: string } {
  const unreserved = concurrency.unreserved + concurrency.ofReceives;
  const half = Math.max(1, Math.floor(unreserved / 2));
  const settings = receiveProcessesOf(given) === undefined ? { receiveProcesses: half } : {};
  const all = { ...given, ...settings };
  const reserved = given.frontDoor === 'function-url' ? undefined : reservedForReceives(all);
  const free = Math.max(0, unreserved - UNRESERVED_MIN);
  if (reserved !== undefined && reserved === all.receiveProcesses && reserved > free) {
    throw new DeploymentRefused(
      `Setting "receiveProcesses" asks for ${reserved} processes; ${free} can be reserved here, because AWS keeps ` +
        `${UNRESERVED_MIN} unreserved.`,
    );
  }
  const kept = reserved === undefined ? 'none of them reserved' : 'reserved for the function that receives over REST';
  return {
    settings,
    note:
      `Receives take at most ${receiveProcessesOf(all)} processes, waiting ones included, ${kept}; ` +
      'as they fill, waits get shorter. Another number: -c receiveProcesses=….',
  };
}

/** A table's throughput never goes down, and an update that asks for less fails the stack. */
function refuseCooling(settings: Settings, { tables, deployedWarmth }: AccountFacts): void {
  for (const name of ['warmWrites', 'warmReads'] as const) {
    const wanted = settings[name];
    if (wanted === undefined || wanted === deployedWarmth[name]) continue;
    for (const [table, warmth] of tables) {
      const has = warmth[name] ?? 0;
      if (!/-cell-\d+$/.test(table) || has <= wanted) continue;
      throw new DeploymentRefused(
        `Setting "${name}" is ${wanted}; table ${table} takes ${has} units a second already, by an old setting or ` +
          `the controller, and never takes less again. Set it to ${has} or more, or to what it was deployed with: ` +
          `${deployedWarmth[name] ?? 'leave it out'}.`,
      );
    }
  }
}

/** @throws DeploymentRefused when more is reserved than the account has */
function concurrencyNotes(settings: Settings, { concurrency, storage }: AccountFacts): string[] {
  const { limit, unreserved } = concurrency;
  const { reservedConcurrency } = settings;
  const notes = [
    `Lambda runs at most ${limit} processes at once in this account and Region, ${unreserved} unreserved.`,
  ];
  if (limit <= ROOMY_QUOTA) {
    notes.push(
      `That serves about ${limit * CALLS_PER_PROCESS} calls a second, or ${limit} waiting receives. New accounts ` +
        'begin so: ask for more under Service Quotas, "Concurrent executions".',
    );
  }
  if (reservedConcurrency === undefined || storage === 'complete') return notes;
  const functions = servingFunctions(settings).length;
  const wanted = reservedConcurrency * functions;
  const free = Math.max(0, unreserved - UNRESERVED_MIN);
  if (wanted <= free) return notes;
  const fits = Math.floor(free / functions);
  const advice = fits < 1 ? 'leave the setting out' : `at most -c reservedConcurrency=${fits} fits`;
  throw new DeploymentRefused(
    `Setting "reservedConcurrency" asks for ${wanted} processes, ${reservedConcurrency} for each of ${functions} ` +
      `functions; ${free} can be reserved here, because AWS keeps ${UNRESERVED_MIN} unreserved: ${advice}.`,
  );
}

/** The missing protection of a finished deployment; empty when all is protected. */
export function missingProtection(settings: Settings, facts: AccountFacts): string[] {
  if (settings.removal === 'destroy') return [];
  const open = [...facts.tables].flatMap(([name, { isProtected }]) => (isProtected ? [] : [`table ${name}`]));
  return facts.isTerminationProtected ? open : [...open, 'the storage stack'];
}
