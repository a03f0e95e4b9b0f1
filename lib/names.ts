import { Aws } from 'aws-cdk-lib';
import type { Settings } from './settings.ts';

/**
 * Physical names of a deployment. Stacks find each other's resources by these names, so no stack refers to an output of
 * another. CloudFormation would request each such reference separately, and refuse to remove a referenced resource.
 */
export const nameOf = ({ stage }: Pick<Settings, 'stage'>, part: string): string => `rewindmq-${stage}-${part}`;

/** Names of resources that other stacks use. */
export const ARCHIVER = 'archiver';
export const CONTROLLER = 'controller';
export const REWINDS = 'rewinds';
export const DISPATCHER = 'dispatcher';
export const WAKER = 'waker';
export const SENDER = 'sender';

/** Values that AWS assigns when it creates a resource: one SSM parameter for each kind. */
export type Published = 'stream-labels' | 'api-id' | 'bucket' | 'key' | 'secrets-key' | 'user-pool';

export const parameterName = ({ stage }: Pick<Settings, 'stage'>, of: Published): string => `/rewindmq/${stage}/${of}`;

/** Stands for a removed cell in lists: an SSM parameter takes no empty entry. */
export const REMOVED = 'removed';

/** An ARN in the account, Region and partition of the stack that uses it. */
export const arnOf = (service: string, resource: string): string =>
  `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;

export const functionArn = (settings: Settings, part: string): string =>
  arnOf('lambda', `function:${nameOf(settings, part)}`);
