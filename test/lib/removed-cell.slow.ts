import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ENV } from '../../src/runtime/env.ts';
import { permissionsOf, synthesized } from './synthesized.ts';

const whole = synthesized({ cells: 3, leavingCells: '1', accessKeys: true });
const left = synthesized({ cells: 3, leavingCells: '1', removedCells: '1', accessKeys: true });

const namesOf = ({ resources }: typeof whole): string[] => [...resources.keys()].toSorted();
const ofCell = (id: string): boolean => /Cell1/.test(id);

describe('a removed cell', () => {
  it('leaves with its table and its mapping, and everything else keeps its id', () => {
    const gone = namesOf(whole).filter((id) => !left.resources.has(id));

    expect(gone.filter((id) => !ofCell(id))).toEqual([]);
    expect(gone.map((id) => String(whole.resources.get(id)?.Type)).toSorted()).toEqual([
      'AWS::DynamoDB::GlobalTable',
      'AWS::Lambda::EventSourceMapping',
    ]);
    expect(namesOf(left).filter((id) => !whole.resources.has(id))).toEqual([]);
  });

  it('leaves its table in the account', () => {
    const [table] = [...whole.resources].filter(
      ([id, { Type }]) => ofCell(id) && Type === 'AWS::DynamoDB::GlobalTable',
    );

    expect(table?.[1].DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  it('changes nothing of other tables, mappings and alarms', () => {
    const kept = [...left.resources].filter(([, { Type }]) =>
      /GlobalTable|EventSourceMapping|Alarm|Bucket$|KMS::Key/.test(Type),
    );

    expect(kept.length).toBeGreaterThan(10);
    for (const [id, resource] of kept) expect([id, resource]).toEqual([id, whole.resources.get(id)]);
  });

  it('is an empty place in the list of tables that functions get', () => {
    const functions = left.ofType('AWS::Lambda::Function').flatMap(({ Properties }) => {
      const { Variables } = Properties['Environment'] as { Variables: Readonly<Record<string, unknown>> };
      const tables = Variables[ENV.cellTables];
      return tables === undefined ? [] : [JSON.stringify(tables)];
    });

    expect(functions.length).toBeGreaterThan(6);
    for (const tables of functions) expect(tables).toMatch(/cell-0,,rewindmq-dev-cell-2/);
  });

  it('is granted to no role, and shown nowhere', () => {
    for (const role of ['Send', 'Receive', 'Delete', 'Admin', 'Archiver', 'Controller', 'Rewinder', 'Sqs']) {
      expect(permissionsOf(left, role).filter((one) => one.includes('cell 1'))).toEqual([]);
      expect(permissionsOf(left, role)).toEqual(permissionsOf(whole, role).filter((one) => !one.includes('cell 1')));
    }
    expect(JSON.stringify(left.stacks.map((stack) => Template.fromStack(stack).toJSON()))).not.toContain('Cell1');
  });

  it('keeps its place in the lists that stacks read, so that no other cell gets its stream', () => {
    const lists = left.ofType('AWS::SSM::Parameter').filter(({ Properties }) => Properties['Type'] === 'StringList');

    const entries = lists.map(({ Properties }) => JSON.stringify(Properties['Value']).match(/"removed"/g)?.length);
    expect(entries).toEqual([1]);
  });
});
