import { groupOf, isAtLeast, type Role, roleIn } from '../../model/role.ts';
import type { ActionTable } from './action-table.ts';
import { Refusal } from './errors.ts';

/** Where the routes of a deployed console begin. */
const PREFIX = '/console/api';

/**
 * The role that each call of a deployed console needs, by the id of the call. A call that is not listed is refused to
 * everyone: programs receive, and a console takes no lease. A viewer may count exactly, which puts barriers.
 */
const NEEDED = {
  listQueues: 'viewer',
  getQueue: 'viewer',
  lookAtMessages: 'viewer',
  findMessage: 'viewer',
  listRewinds: 'viewer',
  getRewind: 'viewer',
  getSubscription: 'viewer',
  getRoute: 'viewer',
  listCells: 'viewer',
  getHealth: 'viewer',
  getHistory: 'viewer',
  listHistory: 'viewer',
  listUsage: 'viewer',
  listAllRewinds: 'viewer',
  sendMessages: 'operator',
  deleteMessage: 'operator',
  changeMessageVisibility: 'operator',
  createQueue: 'operator',
  updateQueue: 'operator',
  deleteQueue: 'operator',
  restoreQueue: 'operator',
  purgeQueue: 'operator',
  undoPurge: 'operator',
  startRewind: 'operator',
  cancelRewind: 'operator',
  startRedrive: 'operator',
  putSubscription: 'operator',
  deleteSubscription: 'operator',
  pauseSubscription: 'operator',
  resumeSubscription: 'operator',
} as const satisfies Record<string, Role>;

/** The role that a call of the console needs; `undefined` for a call that nobody makes there. */
export const neededFor = (id: string): Role | undefined =>
  Object.hasOwn(NEEDED, id) ? NEEDED[id as keyof typeof NEEDED] : undefined;

/** Whose calls these are: members of the groups of a deployment, which a claim of their token lists. */
export interface People {
  readonly stage: string;
  readonly groupsClaim: string;
}

/**
 * The table of a console's calls. It finds a call only for a person whose role allows it; an event that no authorizer
 * has verified has no role.
 */
export const consoleTable = (table: ActionTable, { stage, groupsClaim }: People): ActionTable => ({
  actions: table.actions,
  find: (event) => {
    const found = table.find({
      ...event,
      routeKey: event.routeKey.replace(PREFIX, ''),
      rawPath: event.rawPath.replace(PREFIX, ''),
    });
    const role = roleIn(event.requestContext.authorizer?.jwt?.claims?.[groupsClaim], stage);
    const wanted = neededFor(found.action.id);
    if (wanted === undefined) throw new Refusal('accessDenied', 'a console may not make this call');
    if (!isAtLeast(role, wanted)) throw refusalOf(role, wanted, stage);
    return found;
  },
});

function refusalOf(role: Role | undefined, wanted: Role, stage: string): Refusal {
  const have = role === undefined ? 'you are in no group of this deployment' : `you are ${aRole(role)}`;
  const message = `${have}; this call is for ${aRole(wanted)}: ask for the group ${groupOf(wanted, stage)}`;
  return new Refusal('accessDenied', message);
}

const aRole = (role: Role): string => (role === 'operator' ? 'an operator' : 'a viewer');
