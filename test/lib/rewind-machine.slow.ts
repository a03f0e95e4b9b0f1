import { describe, expect, it } from 'vitest';
import { permissionsOf, synthesized } from './synthesized.ts';

const deployment = synthesized({ cells: 2, accessKeys: true });
const [machine] = deployment.ofType('AWS::StepFunctions::StateMachine');

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Retry?: readonly object[];
  readonly [field: string]: unknown;
}

const definition = JSON.parse(String(machine?.Properties['DefinitionString'])) as {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
};
const { Plan, HasItems, Place, End } = definition.States;

describe('the state machine of rewinds', () => {
  it('plans, shares out where there is something to share, and ends the job', () => {
    expect(definition.StartAt).toBe('Plan');
    expect(Plan).toMatchObject({ Type: 'Task', Next: 'HasItems', ResultPath: '$.plan' });
    expect(HasItems).toMatchObject({
      Type: 'Choice',
      Default: 'End',
      Choices: [{ BooleanEquals: true, Next: 'Place' }],
    });
    expect(Place).toMatchObject({ Type: 'Map', Next: 'End', ResultPath: null });
    expect(End).toMatchObject({ Type: 'Task', End: true });
  });

  it('names the integrations of the partition that it is deployed to', () => {
    const substitutions = machine?.Properties['DefinitionSubstitutions'] as Readonly<Record<string, unknown>>;
    const inPartition = (rest: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, rest]] });

    expect(Plan).toMatchObject({ Resource: '${InvokeFunction}' });
    expect(substitutions).toMatchObject({
      InvokeFunction: inPartition(':states:::lambda:invoke'),
      GetObject: inPartition(':states:::s3:getObject'),
    });
  });

  it('reads the items from the bucket, batches them, and runs so many at once', () => {
    expect(Place?.['ItemReader']).toEqual({
      Resource: '${GetObject}',
      ReaderConfig: { InputType: 'JSON' },
      Parameters: { Bucket: '${Bucket}', 'Key.$': "States.Format('rewinds/{}/{}', $.queueId, $.rewindId)" },
    });
    expect(Place).toMatchObject({ ItemBatcher: { MaxItemsPerBatch: 4 }, MaxConcurrency: 20 });
    expect(Place?.['ItemProcessor']).toMatchObject({
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
    });
  });

  it('ends after six hours, by its own definition: the CDK drops a timeout beside a text', () => {
    expect(definition).toMatchObject({ TimeoutSeconds: 21_600 });
  });

  it('tries each call again, and lets no batch that fails for good stop the others', () => {
    const processor = Place?.['ItemProcessor'] as { readonly States: Record<string, State> } | undefined;

    for (const call of [Plan, End, processor?.States['PlaceBatch']]) {
      expect(call?.Retry).toMatchObject([{ ErrorEquals: ['States.ALL'], BackoffRate: 2, MaxAttempts: 6 }]);
    }
    expect(Place?.['ToleratedFailurePercentage']).toBe(100);
  });

  it('may call the rewinder, read lists of items, and start what a map starts', () => {
    const policies = [...deployment.resources].filter(
      ([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.includes('/Rewinds'),
    );

    const actions = policies.flatMap(([, { Properties }]) =>
      (Properties['PolicyDocument'] as { Statement: { Action: string | string[] }[] }).Statement.flatMap(
        ({ Action }) => Action,
      ),
    );
    expect(actions).toEqual(
      expect.arrayContaining([
        'lambda:InvokeFunction',
        's3:GetObject',
        'states:StartExecution',
        'states:StopExecution',
      ]),
    );
  });

  it('may open what a key of the account has sealed, where there is one', () => {
    const { resources } = synthesized({ cells: 1, encryption: 'customer-key', accessKeys: true });
    const policies = [...resources].filter(
      ([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.includes('/RewindsMachine'),
    );

    expect(JSON.stringify(policies)).toContain('"kms:Decrypt"');
  });

  it('is started by the function that answers calls for rewinds alone', () => {
    const starts = (role: string) => permissionsOf(deployment, role).some((one) => one.startsWith('states:Start'));

    expect(['Admin', 'Sqs'].map(starts)).toEqual([true, true]);
    expect(['Send', 'Receive', 'Delete', 'Archiver', 'Controller', 'Rewinder'].map(starts)).not.toContain(true);
  });
});
