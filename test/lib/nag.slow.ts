import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { prepared } from './synthesized.ts';

/**
 * Findings that do not apply, with the reason. What else does not is acknowledged beside its construct; these are not,
 * because a finding's id spells out references between stacks, which exist only once everything is synthesized.
 */
const ACKNOWLEDGED: readonly { readonly finding: RegExp; readonly at: RegExp; readonly reason: string }[] = [
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /Role\/DefaultPolicy\/Resource$/,
    reason: 'Writing traces takes no other resource; a test holds that nothing else is allowed on everything.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.*<SsmParameter.*bucket.*(payloads|archive|rewinds|aws\/lambda)\/\*\]$/,
    at: /Role\/DefaultPolicy\/Resource$/,
    reason: 'Objects are named by the messages in them, so a role can only be held to the prefix that it needs.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::<Controller[0-9A-F]+\.Arn>:\*\]$/,
    at: /SchedulerRoleForTarget-\w+\/DefaultPolicy\/Resource$/,
    reason: 'The wildcard stands for versions of the one function that the schedule wakes.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:states:.*:execution:.*\/\*\]$/,
    at: /Rewinds\/MapPolicy\/Resource$/,
    reason: 'A distributed map starts executions of its own machine, whose names it makes up.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Action::kms:ReEncrypt\*\]$/,
    at: /Role\/DefaultPolicy\/Resource$/,
    reason: 'The two actions that DynamoDB asks for when it re-encrypts, on the one key of the deployment.',
  },
];

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

describe('the rules of AwsSolutions', () => {
  it.each([
    [{}],
    [{ frontDoor: 'function-url', accessKeys: true }],
    [{ targets: 'orders*=arn:aws:lambda:eu-west-1:123456789012:function:orders,*=https://hooks.example.com' }],
    [{ encryption: 'customer-key', accessKeys: true, tracing: true, alarmEmail: 'team@example.com' }],
    [{ oidcIssuer: 'https://login.example.com', oidcClientId: 'console' }],
    [{ domain: 'q.example.com', certificate: 'arn:aws:acm:eu-west-1:123456789012:certificate/1' }],
  ])('find nothing that applies to a deployment with %j', (settings) => {
    const [app] = prepared({ cells: 2, ...settings });

    const findings = findingsIn(app);

    const open = findings.filter(
      ({ rule, path }) => !ACKNOWLEDGED.some((one) => one.finding.test(rule) && one.at.test(path)),
    );
    expect(findings.length).toBeGreaterThan(0);
    expect(open).toEqual([]);
  });
});

function findingsIn(app: App): { rule: string; path: string }[] {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).toThrow();
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as Report;
  return report.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => ({ rule: ruleName, path: constructPath })),
    ),
  );
}
