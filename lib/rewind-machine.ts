import { ArnFormat, Aws, Stack, Validations } from 'aws-cdk-lib';
import { Grant, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { DefinitionBody, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENV } from '../src/runtime/env.ts';
import { arnOf, nameOf, REWINDS } from './names.ts';
import { QueueFunction } from './queue-function.ts';
import type { Settings } from './settings.ts';
import type { StorageAccess } from './storage-access.ts';

/** The maximum of a function, for the step that ends a large rewind. */
const REWINDER_SECONDS_MAX = 900;
/** A call holds some slices as a whole, and unpacks them. */
const REWINDER_MEMORY_MIB = 1_024;
/** Archive objects for one call: a few thousand messages each, so a call takes about a second. */
const OBJECTS_PER_BATCH = 4;
/** An input may have 256 KiB; the map adds the rest. */
const BATCH_BYTES_MAX = 192 * 1_024;
/** Calls at once: three write units for each thousand messages, far below the tables' limit. */
const BATCHES_AT_ONCE = 20;
/** With pauses that double, six tries take two minutes. */
const TRIES_MAX = 6;
/** The pause before the second try; each further one doubles. */
const FIRST_PAUSE_SECONDS = 2;
/** A rewind waits this long for the archiver; then the controller takes over. */
const MACHINE_HOURS_MAX = 6;

/** One call of the rewinder with this input, retried with growing pauses. */
const call = (input: object, next: object) => ({
  Type: 'Task',
  Resource: '${InvokeFunction}',
  Parameters: { FunctionName: '${Rewinder}', ...input },
  Retry: [
    {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: FIRST_PAUSE_SECONDS,
      BackoffRate: 2,
      MaxAttempts: TRIES_MAX,
      JitterStrategy: 'FULL',
    },
  ],
  ...next,
});

const named = (step: string) => ({
  Payload: { step, 'queueId.$': '$.queueId', 'rewindId.$': '$.rewindId' },
});

const DEFINITION = {
  Comment: 'Makes deleted messages of a queue available again',
  // Set here, because the CDK ignores its own `timeout` for a definition given as text.
  TimeoutSeconds: MACHINE_HOURS_MAX * 3_600,
  StartAt: 'Plan',
  States: {
    Plan: call(named('plan'), {
      ResultSelector: { 'hasItems.$': '$.Payload.hasItems' },
      ResultPath: '$.plan',
      Next: 'HasItems',
    }),
    HasItems: {
      Type: 'Choice',
      Choices: [{ Variable: '$.plan.hasItems', BooleanEquals: true, Next: 'Place' }],
      Default: 'End',
    },
    Place: {
      Type: 'Map',
      ItemReader: {
        Resource: '${GetObject}',
        ReaderConfig: { InputType: 'JSON' },
        Parameters: { Bucket: '${Bucket}', 'Key.$': "States.Format('rewinds/{}/{}', $.queueId, $.rewindId)" },
      },
      ItemBatcher: {
        MaxItemsPerBatch: OBJECTS_PER_BATCH,
        MaxInputBytesPerBatch: BATCH_BYTES_MAX,
        BatchInput: { 'queueId.$': '$.queueId', 'rewindId.$': '$.rewindId' },
      },
      MaxConcurrency: BATCHES_AT_ONCE,
      ToleratedFailurePercentage: 100,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
        StartAt: 'PlaceBatch',
        States: {
          PlaceBatch: call({ 'Payload.$': '$' }, { ResultSelector: {}, End: true }),
        },
      },
      ResultPath: null,
      Next: 'End',
    },
    End: call(named('end'), { ResultPath: null, End: true }),
  },
};

/** Lets `fn` start rewinds, and gives it the machine's ARN. */
export function grantRewinds(fn: LambdaFunction, settings: Settings): void {
  const arn = arnOf('states', `stateMachine:${nameOf(settings, REWINDS)}`);
  fn.addEnvironment(ENV.rewindMachine, arn);
  Grant.addToPrincipal({ grantee: fn, actions: ['states:StartExecution'], resourceArns: [arn] });
}

/**
 * Carries out rewinds: plans, distributes the archive objects over many calls, and ends the job. A batch that fails for
 * good does not stop it: the last step does the remaining work, or reports the unreadable object.
 */
export class RewindMachine extends Construct {
  readonly rewinder: QueueFunction;
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, of: { readonly settings: Settings; readonly storage: StorageAccess }) {
    super(scope, id);
    const { settings, storage } = of;
    this.rewinder = new QueueFunction(scope, 'Rewinder', {
      entry: 'rewinder',
      description: 'Makes deleted messages available again, step by step, for the state machine of rewinds',
      settings,
      storage,
      steps: ['rewind'],
      timeoutSeconds: REWINDER_SECONDS_MAX,
      memoryMiB: REWINDER_MEMORY_MIB,
    });
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: nameOf(settings, REWINDS),
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(JSON.stringify(DEFINITION)),
      definitionSubstitutions: {
        InvokeFunction: `arn:${Aws.PARTITION}:states:::lambda:invoke`,
        GetObject: `arn:${Aws.PARTITION}:states:::s3:getObject`,
        Rewinder: this.rewinder.functionArn,
        Bucket: storage.bucketName,
      },
    });
    const reason = 'What a rewind does stands in its job and its execution; the rewinder logs and traces each call.';
    for (const rule of ['AwsSolutions-SF1', 'AwsSolutions-SF2'])
      Validations.of(this.machine).acknowledge({ id: rule, reason });
    this.#permit(storage);
  }

  #permit(storage: StorageAccess): void {
    const { machine, rewinder } = this;
    Grant.addToPrincipal({
      grantee: machine,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [rewinder.functionArn],
    });
    storage.grantPlans(machine);
    const executions = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      resourceName: `${machine.stateMachineName}/*`,
    });
    // A separate policy: the machine cannot be created after a resource that refers to it.
    new Policy(this, 'MapPolicy', {
      roles: [machine.role],
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [machine.stateMachineArn] }),
        new PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [executions] }),
      ],
    });
  }
}
