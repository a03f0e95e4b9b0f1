/** What a person may do in a deployed console: a viewer looks, an operator changes as well. */
export const ROLES = ['viewer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/** The group whose members have a role in the deployment of this name, such as `rewindmq-prod-viewer`. */
export const groupOf = (role: Role, stage: string): string => `rewindmq-${stage}-${role}`;

/** API Gateway writes a list of a token as `[one two]`; others write JSON, or commas. */
const BETWEEN_GROUPS = /[\s,[\]"]+/;

/** The highest role that the groups of a token give; `undefined` for none. @param groups - a list, or its text */
export function roleIn(groups: unknown, stage: string): Role | undefined {
  const named = new Set<unknown>(
    Array.isArray(groups) ? groups : typeof groups === 'string' ? groups.split(BETWEEN_GROUPS) : [],
  );
  return ROLES.findLast((role) => named.has(groupOf(role, stage)));
}

/** An operator may do what a viewer may. */
export const isAtLeast = (role: Role | undefined, wanted: Role): boolean =>
  role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(wanted);
