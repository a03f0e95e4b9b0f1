import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { synthesized } from './synthesized.ts';

const runbook = readFileSync('docs/runbook.md', 'utf8');

describe('the runbook', () => {
  it('has a section for each alarm, and each alarm names its own', () => {
    const alarms = synthesized({ cells: 2, targets: '*=https://hooks.example.com' }).ofType('AWS::CloudWatch::Alarm');

    const named = alarms.map(({ Properties }) => /runbook\.md#(\w+)/.exec(String(Properties['AlarmDescription']))?.[1]);
    const sections = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, title]) => title?.toLowerCase());
    expect(new Set(named)).toEqual(new Set(sections));
    expect(sections).toHaveLength(new Set(sections).size);
  });

  it('is where alarms send people, by e-mail if they want', () => {
    const watched = synthesized({ cells: 1, alarmEmail: 'team@example.com' });

    const alarms = watched.ofType('AWS::CloudWatch::Alarm');
    expect(watched.ofType('AWS::SNS::Subscription')).toMatchObject([{ Properties: { Endpoint: 'team@example.com' } }]);
    expect(alarms.filter(({ Properties }) => Properties['AlarmActions'] === undefined)).toEqual([]);
  });
});
