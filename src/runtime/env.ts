/** Names of environment variables: the deployment sets them, and a function reads them when it starts. */
export const ENV = {
  /** Names of the cells' tables with commas between them, the first cell first; empty for a removed cell. */
  cellTables: 'CELL_TABLES',
  /** Numbers of the cells that are leaving, with commas between them; absent when none is. */
  leavingCells: 'LEAVING_CELLS',
  /** The function to wake when calls are throttled; absent where there is none. */
  controllerFunction: 'CONTROLLER_FUNCTION',
  /** What queues may push to, as the setting has it; absent where nothing is pushed. */
  targets: 'TARGETS',
  /** The function that pushes the messages of a queue. */
  dispatcherFunction: 'DISPATCHER_FUNCTION',
  /** The function that sends requests to endpoints. */
  senderFunction: 'SENDER_FUNCTION',
  /** Dispatchers that may run at once; absent: any number. */
  dispatchers: 'DISPATCHERS',
  /** ARN of the state machine that carries rewinds out; absent where the controller does. */
  rewindMachine: 'REWIND_MACHINE',
  /** Processes that receives may occupy at once, waiting ones included; absent: any number. */
  receiveProcesses: 'RECEIVE_PROCESSES',
  /** The longest wait of a receive, in seconds. */
  maxWaitSeconds: 'MAX_WAIT_SECONDS',
  catalogTable: 'CATALOG_TABLE',
  ledgerTable: 'LEDGER_TABLE',
  archiveBucket: 'ARCHIVE_BUCKET',
  /** ARN of the key that seals the secrets of access keys. */
  secretsKey: 'SECRETS_KEY',
  /** Issuer of the tokens of people, and the console's id there. */
  signInIssuer: 'SIGN_IN_ISSUER',
  signInClient: 'SIGN_IN_CLIENT',
  /** Origins that the page exchanges its code at, with spaces between them. */
  signInOrigins: 'SIGN_IN_ORIGINS',
  /** Claim of a person's token that lists the groups. */
  groupsClaim: 'GROUPS_CLAIM',
  /** Name of the deployment; logs and metrics carry it. */
  stage: 'STAGE',
} as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error that names the variable when it is missing */
export function variable(environment: Environment, name: string): string {
  const value = environment[name] ?? '';
  if (value === '') throw new Error(`environment variable ${name} is missing; the deployment sets it`);
  return value;
}

/** What the deployment's key seals secrets for: policies name it, so that a function opens only what it needs. */
export type SecretPurpose = 'access-key' | 'signing-key';

/** Namespace of the metrics of all deployments in an account; the stage tells them apart. */
export const METRICS_NAMESPACE = 'RewindMQ';

/** Metrics of functions, watched by alarms. */
export const METRICS = {
  /** Calls that met a bug and were answered with 500; Lambda counts them as successful. */
  failedCalls: 'FailedCalls',
  /** Calls, or items of a call, that DynamoDB rejected for load. */
  throttles: 'Throttles',
  /** Deliveries that cannot be decoded, counted each time one is met. */
  unreadable: 'UnreadableDeliveries',
  sent: 'MessagesSent',
  deleted: 'MessagesDeleted',
  deadLettered: 'MessagesDeadLettered',
  /** The longest wait of a first ready message, over all queues. */
  oldestReadySeconds: 'OldestReadySeconds',
  /** How long the archiver is overdue at a barrier, in the worst cell. */
  archiverSilentSeconds: 'ArchiverSilentSeconds',
  /** Batches of the streams that were given up and are stored in the bucket. */
  givenUpBatches: 'GivenUpBatches',
  /** How long the target of some queue has been at fault. */
  pushFailingSeconds: 'PushFailingSeconds',
  /** Subscriptions that paused because messages go round in circles. */
  pushLoops: 'PushLoops',
} as const;

/** The dimension of a stage's metrics. */
export const STAGE_DIMENSION = 'service';
