import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { CELLS_MAX } from '../../lib/settings.ts';
import { synthesized } from './synthesized.ts';

/** Quotas of CloudFormation for one stack, from its user guide; a template is uploaded, so it may have 1 MB. */
const LIMITS = { Resources: 500, Outputs: 200, Parameters: 200, bytes: 1_000_000 };
/** A parameter of SSM in the free tier takes 4 KB. */
const PARAMETER_BYTES_MAX = 4_096;
/** What CloudFormation puts in place of a stream's label. */
const STREAM_LABEL_LENGTH = 23;
const ROOM = 0.8;

describe('a deployment of as many cells as there can be', () => {
  const settings = {
    encryption: 'customer-key',
    alarmEmail: 'team@example.com',
    targets: '*=https://hooks.example.com',
  };
  const deployment = synthesized({ cells: CELLS_MAX, ...settings });

  it('leaves a fifth of each limit of CloudFormation', () => {
    for (const stack of deployment.stacks) {
      const template = Template.fromStack(stack).toJSON() as Record<string, object | undefined>;
      const used = {
        Resources: Object.keys(template['Resources'] ?? {}).length,
        Outputs: Object.keys(template['Outputs'] ?? {}).length,
        Parameters: Object.keys(template['Parameters'] ?? {}).length,
        bytes: JSON.stringify(template).length,
      };

      for (const [what, count] of Object.entries(used)) {
        const limit = ROOM * LIMITS[what as keyof typeof LIMITS];
        expect([stack.stackName, what, count <= limit ? 'fits' : count]).toEqual([stack.stackName, what, 'fits']);
      }
    }
  });

  it('leaves a fifth of what a parameter of SSM takes', () => {
    const lists = deployment
      .ofType('AWS::SSM::Parameter')
      .filter(({ Properties }) => Properties['Type'] === 'StringList');

    expect(lists).toHaveLength(1);
    expect((STREAM_LABEL_LENGTH + 1) * CELLS_MAX).toBeLessThanOrEqual(ROOM * PARAMETER_BYTES_MAX);
  });
});

describe('stacks', () => {
  it('refer to nothing of one another but by name, whatever the settings', () => {
    for (const settings of [
      {},
      { targets: '*=https://hooks.example.com' },
      { frontDoor: 'function-url', encryption: 'customer-key' },
    ]) {
      const { stacks } = synthesized({ cells: 2, ...settings });

      const templates = stacks.map((stack) => JSON.stringify(Template.fromStack(stack).toJSON()));
      expect(templates.filter((text) => /Fn::(ImportValue|GetStackOutput)/.test(text))).toEqual([]);
    }
  });

  it('spell out no partition', () => {
    const targets = '*=https://sqs.cn-north-1.amazonaws.com.cn/123456789012/orders';
    const { stacks } = synthesized({ cells: 2, targets });

    const templates = stacks.map((stack) => JSON.stringify(Template.fromStack(stack).toJSON()));
    expect(templates.flatMap((text) => text.match(/arn:aws:[a-z]+:[^"]*/g) ?? [])).toEqual([]);
  });

  it('are deployed in the order in which they read what others publish', () => {
    const { storage, background, service, watch } = synthesized({ cells: 1 });

    expect(background.dependencies).toEqual([storage]);
    expect(service.dependencies).toEqual([background]);
    expect(watch.dependencies).toEqual([service]);
  });
});
