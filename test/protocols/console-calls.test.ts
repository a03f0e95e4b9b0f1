import { describe, expect, it } from 'vitest';
import { isAtLeast, roleIn } from '../../src/model/role.ts';
import type { HttpEvent } from '../../src/ports/http-event.ts';
import { actionTable } from '../../src/protocols/rest/action-table.ts';
import { ALL_ACTIONS } from '../../src/protocols/rest/actions/index.ts';
import { consoleTable, neededFor } from '../../src/protocols/rest/console-calls.ts';

const table = consoleTable(actionTable(ALL_ACTIONS), { stage: 'prod', groupsClaim: 'groups' });

/** What the table says of a call by a person whose token has these claims. */
function outcome(method: string, path: string, claims: Readonly<Record<string, unknown>> | undefined): string {
  const event: Pick<HttpEvent, 'routeKey' | 'rawPath' | 'pathParameters' | 'requestContext'> = {
    routeKey: `${method} /console/api${path}`,
    rawPath: `/console/api${path}`,
    pathParameters: { name: 'orders', id: 'one' },
    requestContext: {
      requestId: 'one',
      http: { method },
      ...(claims === undefined ? {} : { authorizer: { jwt: { claims } } }),
    },
  };
  try {
    return table.find(event).action.id;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
}

const VIEWER = { groups: '[rewindmq-prod-viewer]' };
const OPERATOR = { groups: '[staff rewindmq-prod-operator]' };
const NO_ROLE: readonly (readonly [string, Readonly<Record<string, unknown>> | undefined])[] = [
  ['nobody whom a gateway verified', undefined],
  ['a token without groups', {}],
  ['other groups', { groups: '[staff rewindmq-prod]' }],
  ['groups of another deployment', { groups: '[rewindmq-dev-operator]' }],
  ['a group with a longer name', { groups: 'rewindmq-prod-operators' }],
  ['another claim', { roles: '[rewindmq-prod-operator]' }],
];
/** Programs receive and delete, and whoever sets them up signs; the description and the readiness are for them too. */
const OF_PROGRAMS = [
  'receiveMessages',
  'deleteMessages',
  'changeVisibility',
  'getReadiness',
  'getOpenApi',
  'createSigningKey',
  'listSigningKeys',
  'deleteSigningKey',
];

describe.each(ALL_ACTIONS.map(({ id, method, path }) => ({ id, method, path })))(
  'the call $id of a console',
  ({ id, method, path }) => {
    it('is found for an operator, or for nobody', () => {
      const found = outcome(method, path, OPERATOR);

      const refused = 'accessDenied: a console may not make this call';
      expect(found).toBe(OF_PROGRAMS.includes(id) ? refused : id);
    });

    it('is found for a viewer only if it reads', () => {
      const found = outcome(method, path, VIEWER);

      const isRead = method === 'GET' && !OF_PROGRAMS.includes(id);
      if (isRead) expect(found).toBe(id);
      else expect(found).toMatch(/^accessDenied: (you are a viewer; this call is for an operator|a console may not)/);
    });

    it('is refused to everyone else', () => {
      const found = NO_ROLE.filter(([, claims]) => !outcome(method, path, claims).startsWith('accessDenied: '));

      expect(found.map(([who]) => who)).toEqual([]);
    });
  },
);

describe('a refusal', () => {
  it('names the group to ask for', () => {
    expect(outcome('PUT', '/queues/{name}', VIEWER)).toBe(
      'accessDenied: you are a viewer; this call is for an operator: ask for the group rewindmq-prod-operator',
    );
    expect(outcome('GET', '/queues', {})).toBe(
      'accessDenied: you are in no group of this deployment; this call is for a viewer: ' +
        'ask for the group rewindmq-prod-viewer',
    );
  });

  it('is the answer to a call that does not exist, whatever the role', () => {
    expect(neededFor('toString')).toBeUndefined();
    expect(outcome('GET', '/keys', OPERATOR)).toMatch(/^notFound: /);
  });
});

describe('the role of a person', () => {
  it.each([
    ['rewindmq-prod-viewer', 'viewer'],
    ['[rewindmq-prod-viewer rewindmq-prod-operator]', 'operator'],
    ['rewindmq-prod-operator,staff', 'operator'],
    ['["staff","rewindmq-prod-viewer"]', 'viewer'],
    [['staff', 'rewindmq-prod-operator'], 'operator'],
    [['no rewindmq-prod-operator here'], undefined],
    ['', undefined],
    [7, undefined],
    [null, undefined],
  ])('is read from %j', (groups, role) => {
    expect(roleIn(groups, 'prod')).toBe(role);
  });

  it('includes the lower ones', () => {
    expect(isAtLeast('operator', 'viewer')).toBe(true);
    expect(isAtLeast('viewer', 'operator')).toBe(false);
    expect(isAtLeast(undefined, 'viewer')).toBe(false);
  });
});
