import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../lib/settings.ts';

describe('settings', () => {
  it('need none to be given', () => {
    expect(parseSettings({})).toEqual({
      stage: 'dev',
      cells: 4,
      frontDoor: 'http-api',
      encryption: 'aws',
      accessKeys: false,
      console: true,
      removal: 'retain',
      protection: 'on',
      pointInTimeRecovery: true,
      logDays: 30,
      tracing: false,
      routeMetrics: false,
    });
  });

  it('are read from texts of the command line as from values', () => {
    const fromTexts = parseSettings({ cells: '8', pointInTimeRecovery: 'false', logDays: '90' });
    const fromValues = parseSettings({ cells: 8, pointInTimeRecovery: false, logDays: 90 });

    expect(fromTexts).toEqual(fromValues);
    expect(fromTexts).toMatchObject({ cells: 8, pointInTimeRecovery: false, logDays: 90 });
  });

  it('name the cells that are leaving', () => {
    expect(parseSettings({ cells: 4, leavingCells: '1,3' }).leavingCells).toEqual([1, 3]);
    expect(parseSettings({ cells: 4, leavingCells: 2 }).leavingCells).toEqual([2]);
    expect(parseSettings({ cells: 4, leavingCells: '1,3', removedCells: 3 }).removedCells).toEqual([3]);
  });

  it('leave the context of the CDK alone', () => {
    expect(() => parseSettings({ '@aws-cdk/core:flag': true, 'aws:cdk:bundling-stacks': [] })).not.toThrow();
  });

  it.each([
    [{ cels: 8 }, /^setting "cels" is unknown; the settings are stage, cells, /],
    [{ cells: 0 }, 'setting "cells" is 0; it must be a whole number from 1 to 64'],
    [{ cells: 'many' }, 'setting "cells" is "many"; it must be a whole number from 1 to 64'],
    [{ cells: '' }, 'setting "cells" is ""; it must be a whole number from 1 to 64'],
    [{ cells: true }, 'setting "cells" is true; it must be a whole number from 1 to 64'],
    [{ cells: [4] }, 'setting "cells" is [4]; it must be a whole number from 1 to 64'],
    [{ leavingCells: 'two' }, /^setting "leavingCells" is "two"; it must be whole numbers with commas/],
    [{ cells: 2, leavingCells: 2 }, 'setting "leavingCells" names cell 2; there are 2, and the first is 0'],
    [{ cells: 2, leavingCells: '1,0' }, 'setting "leavingCells" names all 2 cells; at least one must stay open'],
    [{ removedCells: 'one' }, /^setting "removedCells" is "one"; it must be whole numbers with commas/],
    [
      { cells: 4, leavingCells: '1,2', removedCells: '2,3' },
      'setting "removedCells" names cell 3, which "leavingCells" does not: a cell is emptied, then removed',
    ],
    [{ cells: 2, leavingCells: '1,2', removedCells: 2 }, 'setting "leavingCells" names cell 2; there are 2'],
    [{ cells: 2, leavingCells: '0,1', removedCells: '0,1' }, 'setting "leavingCells" names all 2 cells'],
    [{ stage: 'Prod' }, /^setting "stage" is "Prod"; it must be 1 to 20 of a-z/],
    [{ frontDoor: 'alb' }, 'setting "frontDoor" is "alb"; it must be one of http-api, function-url'],
    [{ encryption: 'none' }, 'setting "encryption" is "none"; it must be one of aws, customer-key'],
    [{ removal: 'delete' }, 'setting "removal" is "delete"; it must be one of retain, destroy'],
    [{ pointInTimeRecovery: 'on' }, 'setting "pointInTimeRecovery" is "on"; it must be true or false'],
    [{ maxWaitSeconds: 21 }, 'setting "maxWaitSeconds" is 21; it must be a whole number from 0 to 20'],
    [{ receiveProcesses: 0 }, /^setting "receiveProcesses" is 0; it must be a whole number from 1/],
    [{ logDays: 31 }, /^setting "logDays" is 31; it must be one of 1, 3, 5, 7/],
    [{ targets: 'orders' }, /^setting "targets" is "orders"; it must be pairs with commas between them, each a queue/],
    [{ targets: 'orders=arn:aws:lambda:us-east-1:123456789012:function:*' }, /^setting "targets" is /],
    [{ targets: 'or*ders=https://example.com' }, /^setting "targets" is /],
    [{ targets: '*=https://example.com:8443' }, /^setting "targets" is /],
    [{ targets: '*=http://example.com' }, /^setting "targets" is /],
    [{ targets: '*=https://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo' }, /^setting "targets" is /],
    [{ targets: Array(100).fill('*=https://hooks.example.com').join() }, /at most 2,000 characters$/],
    [{ dispatchers: 0 }, 'setting "dispatchers" is 0; it must be a whole number from 1 to 100000'],
    [
      {
        domain: 'q.example.com',
        certificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/1',
        targets: '*=https://q.example.com',
      },
      'setting "targets" names q.example.com, the domain of this deployment: it does not push to itself',
    ],
    [{ alarmEmail: 'nobody' }, 'setting "alarmEmail" is "nobody"; it must be an e-mail address'],
    [{ alarmTopic: 'alarms' }, 'setting "alarmTopic" is "alarms"; it must be the ARN of an SNS topic'],
    [{ reservedConcurrency: 0 }, 'setting "reservedConcurrency" is 0; it must be a whole number from 1 to 100000'],
    [{ warmWrites: 100 }, 'setting "warmWrites" is 100; it must be a whole number from 4000 to 10000000'],
    [{ console: 'off' }, 'setting "console" is "off"; it must be true or false'],
    [{ oidcIssuer: 'http://a.example' }, 'setting "oidcIssuer" is "http://a.example"; it must be an https address'],
    [{ oidcIssuer: 'https://a.example?b' }, /^setting "oidcIssuer" is .* without query$/],
    [{ oidcIssuer: "https://a.example; script-src 'self'" }, /^setting "oidcIssuer" is /],
    [
      { oidcIssuer: 'https://a.example' },
      'setting "oidcClientId" is missing; "oidcIssuer" needs the id of the console',
    ],
    [{ oidcClientId: 'one' }, 'setting "oidcIssuer" is missing; "oidcClientId" has no effect without it'],
    [{ oidcGroupsClaim: 'roles' }, 'setting "oidcIssuer" is missing; "oidcGroupsClaim" has no effect without it'],
    [
      { oidcIssuer: 'https://a.example', oidcClientId: 'one', frontDoor: 'function-url' },
      'setting "oidcIssuer" is given; only a console signs people in, which needs "console" true and "frontDoor"',
    ],
    [{ oidcClientId: 'one', console: false }, /^setting "oidcClientId" is given; only a console signs people in/],
    [{ domain: 'q.example.com' }, 'setting "certificate" is missing; "domain" needs the certificate of that name'],
    [
      { certificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/1' },
      'setting "domain" is missing; "certificate" has no effect without it',
    ],
    [
      {
        domain: 'q.example.com',
        certificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/1',
        frontDoor: 'function-url',
      },
      'setting "domain" is given; a function URL cannot have one: set "frontDoor" to http-api',
    ],
  ])('refuse %j by name', (context, message) => {
    expect(() => parseSettings(context)).toThrow(message);
  });
});
