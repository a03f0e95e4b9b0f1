import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV } from '../src/runtime/env.ts';
import type { Step } from './access.ts';
import { nameOf } from './names.ts';
import { receiveProcessesOf, type Settings } from './settings.ts';
import type { StorageAccess } from './storage-access.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface QueueFunctionProps {
  /** Name of its file in `lambdas/`. */
  readonly entry: string;
  readonly description: string;
  readonly storage: StorageAccess;
  readonly settings: Settings;
  /** What the function may do. With no step it gets neither rights nor names of the storage. */
  readonly steps: readonly Step[];
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  /** Processes reserved for it, which is also its maximum. @default what the account has free */
  readonly reservedConcurrency?: number | undefined;
  /** A script that writes files beside the bundle, into the folder that its argument names. @default none */
  readonly filesBy?: string;
}

/** One of our functions: a bundle, a role that allows what its steps need, and a log. */
export class QueueFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: QueueFunctionProps) {
    const { entry, description, settings, storage, steps } = props;
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: settings.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      functionName: nameOf(settings, id.toLowerCase()),
      description,
      entry: `${ROOT}lambdas/${entry}.ts`,
      projectRoot: ROOT,
      depsLockFilePath: `${ROOT}package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: Duration.seconds(props.timeoutSeconds),
      role: makeRole(scope, `${id}Role`, logGroup),
      logGroup,
      // The platform's lines about each call would cost as much as the call; problems are logged anyway.
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      tracing: settings.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      awsSdkConnectionReuse: false,
      environment: { [ENV.stage]: settings.stage, NODE_OPTIONS: '--enable-source-maps' },
      bundling: { ...BUNDLING, ...(props.filesBy === undefined ? {} : { commandHooks: writing(props.filesBy) }) },
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
    });
    if (steps.length > 0) storage.grant(this, ...steps);
  }
}

/** Bounds the processes of receives, for a receiving function or the controller. */
export function boundReceives(fn: QueueFunction, settings: Settings): void {
  const processes = receiveProcessesOf(settings);
  if (processes !== undefined) fn.addEnvironment(ENV.receiveProcesses, String(processes));
  if (settings.maxWaitSeconds !== undefined) fn.addEnvironment(ENV.maxWaitSeconds, String(settings.maxWaitSeconds));
}

/** CommonJS starts faster than ESM. The bundle contains everything, so a deployment runs the tested code. */
const BUNDLING = {
  format: OutputFormat.CJS,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: true,
  sourceMapMode: SourceMapMode.EXTERNAL,
  sourcesContent: false,
  externalModules: [],
  bundleAwsSDK: true,
  // The SDK's clients would double the time of a cold start: decision 0055.
  esbuildArgs: {
    '--alias:@aws-sdk/client-dynamodb': './src/runtime/lambda-dynamodb.ts',
    '--alias:@aws-sdk/lib-dynamodb': './src/runtime/lambda-dynamodb.ts',
    '--alias:@aws-sdk/client-s3': './src/runtime/lambda-s3.ts',
    '--alias:@aws-sdk/client-kms': './src/runtime/lambda-kms.ts',
  },
};

/** Commands that bundling runs. */
const writing = (script: string) => ({
  beforeBundling: () => [],
  beforeInstall: () => [],
  afterBundling: (_: string, output: string) => [`node "${ROOT}${script}" "${output}/console"`],
});

/** Lets the function write to its own log; every function needs only this. */
function makeRole(scope: Construct, id: string, logGroup: LogGroup): Role {
  const role = new Role(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  );
  return role;
}
