import { Aws } from 'aws-cdk-lib';
import type { Settings } from './settings.ts';

/**
 * Physical names of a deployment. Stacks find each other's resources by these names, so no stack refers to an output
 * of another: CloudFormation would ask for each such reference apart, and refuse to remove what is referred to.
 */
export const nameOf = ({ stage }: Pick<Settings, 'stage'>, part: string): string => `rewindmq-${stage}-${part}`;

/** Names of what other stacks refer to. */
export const ARCHIVER = 'archiver';
export const CONTROLLER = 'controller';
export const REWINDS = 'rewinds';

/** What only AWS knows once it has made a resource: one SSM parameter for each kind. */
export type Published = 'stream-labels' | 'api-id' | 'bucket' | 'key' | 'secrets-key';

export const parameterName = ({ stage }: Pick<Settings, 'stage'>, of: Published): string => `/rewindmq/${stage}/${of}`;

/** Stands in lists of cells for one that was removed: a parameter of SSM takes no empty entry. */
export const REMOVED = 'removed';

/** An ARN in the account, Region and partition of the stack that names it. */
export const arnOf = (service: string, resource: string): string =>
  `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;

export const functionArn = (settings: Settings, part: string): string =>
  arnOf('lambda', `function:${nameOf(settings, part)}`);
