/** Names of environment variables: the deployment sets them, and a function reads them when it starts. */
export const ENV = {
  /** Names of the cells' tables with commas between them, the first cell first; of a removed cell there is none. */
  cellTables: 'CELL_TABLES',
  /** Numbers of the cells that are leaving, with commas between them; absent when none is. */
  leavingCells: 'LEAVING_CELLS',
  /** The function to wake when calls are throttled; absent where there is none. */
  controllerFunction: 'CONTROLLER_FUNCTION',
  /** ARN of the state machine that carries rewinds out; absent where the controller does. */
  rewindMachine: 'REWIND_MACHINE',
  /** Processes that receives may take at once, waiting ones included; absent: any number. */
  receiveProcesses: 'RECEIVE_PROCESSES',
  /** The longest wait of a receive, in seconds. */
  maxWaitSeconds: 'MAX_WAIT_SECONDS',
  catalogTable: 'CATALOG_TABLE',
  ledgerTable: 'LEDGER_TABLE',
  archiveBucket: 'ARCHIVE_BUCKET',
  /** ARN of the key that the secrets of access keys are sealed with. */
  secretsKey: 'SECRETS_KEY',
  /** Name of the deployment; logs and metrics carry it. */
  stage: 'STAGE',
} as const;

/** Metrics of all deployments in an account stand under this name, told apart by stage. */
export const METRICS_NAMESPACE = 'RewindMQ';

/** What functions measure, and alarms watch. */
export const METRICS = {
  /** Calls that met a bug and were answered with 500; to Lambda they went well. */
  failedCalls: 'FailedCalls',
  /** Calls, or items of a call, that DynamoDB turned away for load. */
  throttles: 'Throttles',
  /** Deliveries that cannot be decoded: each time one is met. */
  unreadable: 'UnreadableDeliveries',
  sent: 'MessagesSent',
  deleted: 'MessagesDeleted',
  deadLettered: 'MessagesDeadLettered',
  /** Of the queue whose first ready message has waited longest. */
  oldestReadySeconds: 'OldestReadySeconds',
  /** Since when the archiver should have come to a barrier that it has not come to, in the worst cell. */
  archiverSilentSeconds: 'ArchiverSilentSeconds',
  /** Batches of the streams that were given up, and lie in the bucket. */
  givenUpBatches: 'GivenUpBatches',
} as const;

/** The dimension that metrics of a stage carry. */
export const STAGE_DIMENSION = 'service';
