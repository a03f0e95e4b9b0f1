/** Made from the schemas of the REST protocol: `npx vitest run test/client/types.test.ts -u` writes it anew. */

export type ChangeMessageVisibilityAnswer = Readonly<Record<string, never>>;

export type ChangeMessageVisibilityRequest = {
  readonly visibilitySeconds: number;
};

export type ChangeVisibilityAnswer = {
  readonly changed: number;
  readonly failed: readonly FailedReceipt[];
};

export type ChangeVisibilityRequest = {
  readonly receipts: readonly string[];
  readonly visibilitySeconds: number;
};

export type CreateQueueRequest = {
  readonly visibilitySeconds?: number | undefined;
  readonly delaySeconds?: number | undefined;
  readonly waitSeconds?: number | undefined;
  readonly rewindSeconds?: 'forever' | number | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly deadLetter?: {
    readonly queue: string;
    readonly maxReceives: number;
  } | undefined;
  readonly shards?: {
    readonly min: number;
    readonly max: number;
  } | undefined;
};

export type CreateSigningKeyAnswer = {
  readonly id: string;
  readonly prefix: string;
  readonly createdAt: string;
  readonly secret: string;
};

export type CreateSigningKeyRequest = Readonly<Record<string, never>>;

export type Decision = {
  readonly at: string;
  readonly kind: 'split' | 'merge' | 'relocate' | 'isolate' | 'weigh' | 'warm';
  readonly what: string;
  readonly cause: string;
};

export type DeleteMessageAnswer = Readonly<Record<string, never>>;

export type DeleteMessagesAnswer = {
  readonly deleted: number;
  readonly failed: readonly FailedReceipt[];
};

export type DeleteMessagesRequest = {
  readonly receipts: readonly string[];
};

export type DeleteQueueAnswer = {
  readonly undoUntil: string;
};

export type DeleteQueueQuery = {
  readonly force?: 'true' | 'false' | undefined;
};

export type DeleteSigningKeyAnswer = Readonly<Record<string, never>>;

export type DeleteSubscriptionAnswer = Readonly<Record<string, never>>;

export type Error = {
  readonly error: {
    readonly code: 
      | 'invalidJson'
      | 'invalidField'
      | 'accessDenied'
      | 'notFound'
      | 'queueNotFound'
      | 'methodNotAllowed'
      | 'queueExists'
      | 'queueInUse'
      | 'nothingToUndo'
      | 'notRunning'
      | 'conflict'
      | 'tooLarge'
      | 'throttled'
      | 'internalError'
      | 'unavailable'
      | 'diskFull';
    readonly message: string;
    readonly field?: string | undefined;
    readonly requestId: string;
  };
  readonly searched?: {
    readonly from: string;
    readonly to: string;
    readonly complete: boolean;
  } | undefined;
};

export type FailedReceipt = {
  readonly receipt: string;
  readonly error: {
    readonly code: 'receiptInvalid' | 'receiptStale' | 'throttled' | 'unavailable';
    readonly message: string;
  };
};

export type FindMessageQuery = {
  readonly from?: string | undefined;
};

export type GetHealthAnswer = {
  readonly status: 'ok' | 'degraded';
  readonly reason?: string | undefined;
  readonly version: string;
  readonly uptimeSeconds: number;
};

export type GetHistoryAnswer = {
  readonly name: string;
  readonly span: '1h' | '6h' | '1d' | '14d';
  readonly from: string;
  readonly stepSeconds: number;
  readonly series: {
    readonly sent: readonly (number | null)[];
    readonly received: readonly (number | null)[];
    readonly receivedAgain: readonly (number | null)[];
    readonly deleted: readonly (number | null)[];
    readonly deadLettered: readonly (number | null)[];
    readonly ready: readonly (number | null)[];
    readonly inFlight: readonly (number | null)[];
    readonly delayed: readonly (number | null)[];
    readonly oldestReadySeconds: readonly (number | null)[];
  };
};

export type GetHistoryQuery = {
  readonly span?: '1h' | '6h' | '1d' | '14d' | undefined;
};

export type GetOpenApiAnswer = Readonly<Record<string, unknown>>;

export type GetQueueAnswer = {
  readonly name: string;
  readonly createdAt: string;
  readonly visibilitySeconds: number;
  readonly delaySeconds: number;
  readonly waitSeconds: number;
  readonly rewindSeconds: 'forever' | number;
  readonly deadLetter?: {
    readonly queue: string;
    readonly maxReceives: number;
  } | undefined;
  readonly shards?: {
    readonly min: number;
    readonly max: number;
  } | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly subscription?: {
    readonly to: {
      readonly lambda?: string | undefined;
      readonly https?: string | undefined;
      readonly sqs?: string | undefined;
    };
    readonly perSecond?: number | undefined;
    readonly visibilitySeconds?: number | undefined;
    readonly filter?: {
      readonly attributes: Readonly<Record<string, string>>;
    } | undefined;
    readonly batchSize: number;
    readonly batchWindowSeconds: number;
    readonly maxConcurrency: number;
    readonly targetSeconds: number;
    readonly maxHops: number;
    readonly format: 'sqs' | 'raw';
    readonly reportBatchItemFailures: boolean;
    readonly pausedAt?: string | undefined;
    readonly pausedBy?: 'maxHops' | undefined;
  } | undefined;
  readonly counts: {
    readonly ready: number;
    readonly delayed: number;
    readonly inFlight: number;
    readonly damaged: number;
    readonly deadLettered: number;
    readonly deleted: number;
    readonly purged: number;
    readonly sent: number;
    readonly rewound: number;
  };
  readonly countsAsOf: string;
  readonly countsExact: boolean;
  readonly oldestReadyAgeSeconds: number;
};

export type GetQueueQuery = {
  readonly counts?: 'true' | 'recent' | undefined;
};

export type GetReadinessAnswer = {
  readonly status: 'ready';
};

export type GetRouteAnswer = {
  readonly name: string;
  readonly version: number;
  readonly shards: readonly ({
    readonly id: string;
    readonly cell: string;
    readonly state: 'open' | 'draining';
    readonly since: string;
    readonly weight?: number | undefined;
    readonly from?: string | undefined;
    readonly nextDue?: string | undefined;
    readonly throttlesPerSecond: number;
  })[];
  readonly load: {
    readonly writeUnitsPerSecond: number;
    readonly readUnitsPerSecond: number;
    readonly messagesPerSecond: number;
    readonly lostClaimsPerSecond: number;
  };
  readonly planned: readonly PlannedChange[];
  readonly decisions: readonly Decision[];
};

export type GetSubscriptionAnswer = {
  readonly to: {
    readonly lambda?: string | undefined;
    readonly https?: string | undefined;
    readonly sqs?: string | undefined;
  };
  readonly perSecond?: number | undefined;
  readonly visibilitySeconds?: number | undefined;
  readonly filter?: {
    readonly attributes: Readonly<Record<string, string>>;
  } | undefined;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly maxConcurrency: number;
  readonly targetSeconds: number;
  readonly maxHops: number;
  readonly format: 'sqs' | 'raw';
  readonly reportBatchItemFailures: boolean;
  readonly pausedAt?: string | undefined;
  readonly pausedBy?: 'maxHops' | undefined;
  readonly state: 'active' | 'paused' | 'failing';
  readonly running: number;
  readonly filtered: number;
  readonly failing?: {
    readonly calls: number;
    readonly since: string;
    readonly retryAt: string;
    readonly reason: string;
  } | undefined;
  readonly lastFailures?: readonly ({
    readonly at: string;
    readonly reason: string;
    readonly messages: number;
    readonly ids: readonly string[];
    readonly text?: string | undefined;
  })[] | undefined;
};

export type ListAllRewindsAnswer = {
  readonly rewinds: readonly {
    readonly queue: string;
    readonly rewind: Rewind;
  }[];
};

export type ListAllRewindsQuery = {
  readonly limit?: number | undefined;
};

export type ListCellsAnswer = {
  readonly cells: readonly ({
    readonly id: string;
    readonly number: number;
    readonly state: 'open' | 'leaving';
    readonly writeUnitsPerSecondMax?: number | undefined;
    readonly openShards: number;
    readonly drainingShards: number;
    readonly removable: boolean;
    readonly why: string;
    readonly load: {
      readonly writeUnitsPerSecond: number;
      readonly readUnitsPerSecond: number;
      readonly throttlesPerSecond: number;
      readonly failuresPerSecond: number;
    };
    readonly planned: readonly PlannedChange[];
    readonly decisions: readonly Decision[];
  })[];
};

export type ListHistoryAnswer = {
  readonly span: '1h' | '6h' | '1d' | '14d';
  readonly from: string;
  readonly stepSeconds: number;
  readonly queues: readonly ({
    readonly name: string;
    readonly series: {
      readonly sent: readonly (number | null)[];
      readonly deleted: readonly (number | null)[];
      readonly ready: readonly (number | null)[];
    };
  })[];
};

export type ListHistoryQuery = {
  readonly span?: '1h' | '6h' | '1d' | '14d' | undefined;
};

export type ListQueuesAnswer = {
  readonly queues: readonly ({
    readonly name: string;
    readonly createdAt: string;
    readonly visibilitySeconds: number;
    readonly delaySeconds: number;
    readonly waitSeconds: number;
    readonly rewindSeconds: 'forever' | number;
    readonly deadLetter?: {
      readonly queue: string;
      readonly maxReceives: number;
    } | undefined;
    readonly shards?: {
      readonly min: number;
      readonly max: number;
    } | undefined;
    readonly tags: Readonly<Record<string, string>>;
    readonly subscription?: {
      readonly to: {
        readonly lambda?: string | undefined;
        readonly https?: string | undefined;
        readonly sqs?: string | undefined;
      };
      readonly perSecond?: number | undefined;
      readonly visibilitySeconds?: number | undefined;
      readonly filter?: {
        readonly attributes: Readonly<Record<string, string>>;
      } | undefined;
      readonly batchSize: number;
      readonly batchWindowSeconds: number;
      readonly maxConcurrency: number;
      readonly targetSeconds: number;
      readonly maxHops: number;
      readonly format: 'sqs' | 'raw';
      readonly reportBatchItemFailures: boolean;
      readonly pausedAt?: string | undefined;
      readonly pausedBy?: 'maxHops' | undefined;
    } | undefined;
    readonly counts?: {
      readonly ready: number;
      readonly delayed: number;
      readonly inFlight: number;
      readonly damaged: number;
      readonly deadLettered: number;
      readonly deleted: number;
      readonly purged: number;
      readonly sent: number;
      readonly rewound: number;
    } | undefined;
    readonly countsAsOf?: string | undefined;
    readonly countsExact?: boolean | undefined;
    readonly oldestReadyAgeSeconds?: number | undefined;
  })[];
  readonly cursor?: string | undefined;
};

export type ListQueuesQuery = {
  readonly prefix?: string | undefined;
  readonly limit?: number | undefined;
  readonly counts?: 'true' | 'recent' | 'false' | undefined;
  readonly cursor?: string | undefined;
};

export type ListRewindsAnswer = {
  readonly rewinds: readonly Rewind[];
  readonly cursor?: string | undefined;
};

export type ListRewindsQuery = {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type ListSigningKeysAnswer = {
  readonly keys: readonly {
    readonly id: string;
    readonly prefix: string;
    readonly createdAt: string;
  }[];
};

export type ListUsageAnswer = {
  readonly days: readonly {
    readonly day: string;
    readonly calls: number;
    readonly callSeconds: number;
    readonly sent: number;
    readonly received: number;
    readonly deleted: number;
    readonly dollars: number;
  }[];
  readonly months: readonly {
    readonly month: string;
    readonly calls: number;
    readonly callSeconds: number;
    readonly sent: number;
    readonly received: number;
    readonly deleted: number;
    readonly dollars: number;
  }[];
};

export type LookAtMessagesAnswer = {
  readonly messages: readonly SeenMessage[];
  readonly cursor?: string | undefined;
};

export type LookAtMessagesQuery = {
  readonly state?: 'ready' | 'delayed' | 'inFlight' | 'damaged' | 'deleted' | undefined;
  readonly from?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

export type MessageAttribute = {
  readonly type: 'string';
  readonly value: string;
  readonly label?: string | undefined;
} | {
  readonly type: 'number';
  readonly value: string;
  readonly label?: string | undefined;
} | {
  readonly type: 'binary';
  readonly value: string;
  readonly label?: string | undefined;
};

export type PauseSubscriptionAnswer = {
  readonly to: {
    readonly lambda?: string | undefined;
    readonly https?: string | undefined;
    readonly sqs?: string | undefined;
  };
  readonly perSecond?: number | undefined;
  readonly visibilitySeconds?: number | undefined;
  readonly filter?: {
    readonly attributes: Readonly<Record<string, string>>;
  } | undefined;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly maxConcurrency: number;
  readonly targetSeconds: number;
  readonly maxHops: number;
  readonly format: 'sqs' | 'raw';
  readonly reportBatchItemFailures: boolean;
  readonly pausedAt?: string | undefined;
  readonly pausedBy?: 'maxHops' | undefined;
  readonly state: 'active' | 'paused' | 'failing';
  readonly running: number;
  readonly filtered: number;
  readonly failing?: {
    readonly calls: number;
    readonly since: string;
    readonly retryAt: string;
    readonly reason: string;
  } | undefined;
  readonly lastFailures?: readonly ({
    readonly at: string;
    readonly reason: string;
    readonly messages: number;
    readonly ids: readonly string[];
    readonly text?: string | undefined;
  })[] | undefined;
};

export type PauseSubscriptionRequest = Readonly<Record<string, never>>;

export type PlannedChange = {
  readonly kind: 'split' | 'merge' | 'relocate' | 'isolate' | 'weigh' | 'warm';
  readonly what: string;
  readonly cause: string;
};

export type PurgeQueueAnswer = {
  readonly undoUntil: string;
};

export type PurgeQueueRequest = Readonly<Record<string, never>>;

export type PutSubscriptionAnswer = {
  readonly to: {
    readonly lambda?: string | undefined;
    readonly https?: string | undefined;
    readonly sqs?: string | undefined;
  };
  readonly perSecond?: number | undefined;
  readonly visibilitySeconds?: number | undefined;
  readonly filter?: {
    readonly attributes: Readonly<Record<string, string>>;
  } | undefined;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly maxConcurrency: number;
  readonly targetSeconds: number;
  readonly maxHops: number;
  readonly format: 'sqs' | 'raw';
  readonly reportBatchItemFailures: boolean;
  readonly pausedAt?: string | undefined;
  readonly pausedBy?: 'maxHops' | undefined;
  readonly state: 'active' | 'paused' | 'failing';
  readonly running: number;
  readonly filtered: number;
  readonly failing?: {
    readonly calls: number;
    readonly since: string;
    readonly retryAt: string;
    readonly reason: string;
  } | undefined;
  readonly lastFailures?: readonly ({
    readonly at: string;
    readonly reason: string;
    readonly messages: number;
    readonly ids: readonly string[];
    readonly text?: string | undefined;
  })[] | undefined;
};

export type PutSubscriptionAnswer200 = {
  readonly to: {
    readonly lambda?: string | undefined;
    readonly https?: string | undefined;
    readonly sqs?: string | undefined;
  };
  readonly perSecond?: number | undefined;
  readonly visibilitySeconds?: number | undefined;
  readonly filter?: {
    readonly attributes: Readonly<Record<string, string>>;
  } | undefined;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly maxConcurrency: number;
  readonly targetSeconds: number;
  readonly maxHops: number;
  readonly format: 'sqs' | 'raw';
  readonly reportBatchItemFailures: boolean;
  readonly pausedAt?: string | undefined;
  readonly pausedBy?: 'maxHops' | undefined;
  readonly state: 'active' | 'paused' | 'failing';
  readonly running: number;
  readonly filtered: number;
  readonly failing?: {
    readonly calls: number;
    readonly since: string;
    readonly retryAt: string;
    readonly reason: string;
  } | undefined;
  readonly lastFailures?: readonly ({
    readonly at: string;
    readonly reason: string;
    readonly messages: number;
    readonly ids: readonly string[];
    readonly text?: string | undefined;
  })[] | undefined;
};

export type PutSubscriptionRequest = {
  readonly to: {
    readonly lambda?: string | undefined;
    readonly https?: string | undefined;
    readonly sqs?: string | undefined;
  };
  readonly perSecond?: number | undefined;
  readonly visibilitySeconds?: number | undefined;
  readonly filter?: {
    readonly attributes: Readonly<Record<string, string | MessageAttribute>>;
  } | undefined;
  readonly batchSize?: number | undefined;
  readonly batchWindowSeconds?: number | undefined;
  readonly maxConcurrency?: number | undefined;
  readonly targetSeconds?: number | undefined;
  readonly maxHops?: number | undefined;
  readonly format?: 'sqs' | 'raw' | undefined;
  readonly reportBatchItemFailures?: boolean | undefined;
  readonly filtered?: 'delete' | undefined;
};

export type Queue = {
  readonly name: string;
  readonly createdAt: string;
  readonly visibilitySeconds: number;
  readonly delaySeconds: number;
  readonly waitSeconds: number;
  readonly rewindSeconds: 'forever' | number;
  readonly deadLetter?: {
    readonly queue: string;
    readonly maxReceives: number;
  } | undefined;
  readonly shards?: {
    readonly min: number;
    readonly max: number;
  } | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly subscription?: {
    readonly to: {
      readonly lambda?: string | undefined;
      readonly https?: string | undefined;
      readonly sqs?: string | undefined;
    };
    readonly perSecond?: number | undefined;
    readonly visibilitySeconds?: number | undefined;
    readonly filter?: {
      readonly attributes: Readonly<Record<string, string>>;
    } | undefined;
    readonly batchSize: number;
    readonly batchWindowSeconds: number;
    readonly maxConcurrency: number;
    readonly targetSeconds: number;
    readonly maxHops: number;
    readonly format: 'sqs' | 'raw';
    readonly reportBatchItemFailures: boolean;
    readonly pausedAt?: string | undefined;
    readonly pausedBy?: 'maxHops' | undefined;
  } | undefined;
};

export type ReceiveMessagesAnswer = {
  readonly messages: readonly ReceivedMessage[];
  readonly deleted?: number | undefined;
  readonly failed?: readonly FailedReceipt[] | undefined;
  readonly receiveError?: {
    readonly code: 
      | 'invalidJson'
      | 'invalidField'
      | 'accessDenied'
      | 'notFound'
      | 'queueNotFound'
      | 'methodNotAllowed'
      | 'queueExists'
      | 'queueInUse'
      | 'nothingToUndo'
      | 'notRunning'
      | 'conflict'
      | 'tooLarge'
      | 'throttled'
      | 'internalError'
      | 'unavailable'
      | 'diskFull';
    readonly message: string;
  } | undefined;
};

export type ReceiveMessagesRequest = {
  readonly max?: number | undefined;
  readonly waitSeconds?: number | undefined;
  readonly visibilitySeconds?: number | undefined;
  readonly delete?: readonly string[] | undefined;
  readonly consumer?: string | undefined;
};

export type ReceivedMessage = {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly receipt: string;
  readonly sentAt: string;
  readonly firstReceivedAt: string;
  readonly receiveCount: number;
  readonly rewoundBy?: string | undefined;
  readonly deadLetteredFrom?: {
    readonly queue: string;
    readonly at: string;
    readonly reason: 'maxReceives';
  } | undefined;
};

export type RestoreQueueRequest = {
  readonly as?: string | undefined;
};

export type ResumeSubscriptionAnswer = {
  readonly to: {
    readonly lambda?: string | undefined;
    readonly https?: string | undefined;
    readonly sqs?: string | undefined;
  };
  readonly perSecond?: number | undefined;
  readonly visibilitySeconds?: number | undefined;
  readonly filter?: {
    readonly attributes: Readonly<Record<string, string>>;
  } | undefined;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly maxConcurrency: number;
  readonly targetSeconds: number;
  readonly maxHops: number;
  readonly format: 'sqs' | 'raw';
  readonly reportBatchItemFailures: boolean;
  readonly pausedAt?: string | undefined;
  readonly pausedBy?: 'maxHops' | undefined;
  readonly state: 'active' | 'paused' | 'failing';
  readonly running: number;
  readonly filtered: number;
  readonly failing?: {
    readonly calls: number;
    readonly since: string;
    readonly retryAt: string;
    readonly reason: string;
  } | undefined;
  readonly lastFailures?: readonly ({
    readonly at: string;
    readonly reason: string;
    readonly messages: number;
    readonly ids: readonly string[];
    readonly text?: string | undefined;
  })[] | undefined;
};

export type ResumeSubscriptionRequest = Readonly<Record<string, never>>;

export type Rewind = {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly by: 'sentAt' | 'deletedAt';
  readonly from: string;
  readonly to: string;
  readonly into: string;
  readonly startedAt: string;
  readonly finishedAt?: string | undefined;
  readonly cutTo?: string | undefined;
  readonly cutReason?: string | undefined;
  readonly perSecond?: number | undefined;
  readonly objectsTotal: number;
  readonly objectsDone: number;
  readonly messagesMatched: number;
  readonly messagesRewound: number;
  readonly damaged: number;
  readonly percent: number;
  readonly error?: string | undefined;
};

export type SeenMessage = {
  readonly id: string;
  readonly state: 'ready' | 'delayed' | 'inFlight' | 'damaged' | 'deleted';
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly sentAt: string;
  readonly visibleAt: string;
  readonly receiveCount: number;
  readonly firstReceivedAt?: string | undefined;
  readonly heldBy?: string | undefined;
  readonly rewoundBy?: string | undefined;
  readonly deadLetteredFrom?: {
    readonly queue: string;
    readonly at: string;
    readonly reason: 'maxReceives';
  } | undefined;
  readonly deletedAt?: string | undefined;
  readonly damage?: string | undefined;
};

export type SendMessagesAnswer = {
  readonly messages: readonly ({
    readonly id: string;
  } | {
    readonly error: {
      readonly code: 
        | 'invalidJson'
        | 'invalidField'
        | 'accessDenied'
        | 'notFound'
        | 'queueNotFound'
        | 'methodNotAllowed'
        | 'queueExists'
        | 'queueInUse'
        | 'nothingToUndo'
        | 'notRunning'
        | 'conflict'
        | 'tooLarge'
        | 'throttled'
        | 'internalError'
        | 'unavailable'
        | 'diskFull';
      readonly message: string;
      readonly field?: string | undefined;
    };
  })[];
};

export type SendMessagesRequest = {
  readonly messages: readonly ({
    readonly body: string;
    readonly attributes?: Readonly<Record<string, MessageAttribute>> | undefined;
    readonly delaySeconds?: number | undefined;
    readonly deliverAt?: string | undefined;
  })[];
};

export type StartRedriveRequest = {
  readonly into?: string | undefined;
  readonly max?: number | undefined;
  readonly perSecond?: number | undefined;
  readonly filter?: {
    readonly attributes: Readonly<Record<string, string | MessageAttribute>>;
  } | undefined;
  readonly ids?: readonly string[] | undefined;
};

export type StartRewindAnswer200 = {
  readonly matched: number;
  readonly damaged: number;
  readonly cutTo?: string | undefined;
  readonly cutReason?: string | undefined;
  readonly warnings?: readonly string[] | undefined;
};

export type StartRewindRequest = {
  readonly from: string;
  readonly to?: string | undefined;
  readonly by?: 'sentAt' | 'deletedAt' | undefined;
  readonly filter?: {
    readonly attributes: Readonly<Record<string, string | MessageAttribute>>;
  } | undefined;
  readonly into?: string | undefined;
  readonly perSecond?: number | undefined;
  readonly dryRun?: boolean | undefined;
};

export type UndoPurgeAnswer = Readonly<Record<string, never>>;

export type UpdateQueueRequest = {
  readonly visibilitySeconds?: number | undefined;
  readonly delaySeconds?: number | undefined;
  readonly waitSeconds?: number | undefined;
  readonly rewindSeconds?: 'forever' | number | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly deadLetter?: {
    readonly queue: string;
    readonly maxReceives: number;
  } | null | undefined;
  readonly shards?: {
    readonly min: number;
    readonly max: number;
  } | null | undefined;
};
