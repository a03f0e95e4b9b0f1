import { Duration, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Settings } from './settings.ts';
import { removalPolicyOf } from './tables.ts';

/** Rewinds list the objects they distribute; the lists are useless once the rewinds are over. */
const PLAN_DAYS = 7;
/** An interrupted upload is useless. */
const BROKEN_UPLOAD_DAYS = 1;
/** Retention periods of deleted messages, each with its own prefix; messages kept for ever have no rule. */
export const RETENTION_DAYS = [1, 3, 7, 14, 30, 90, 365, 1_095];
/** Objects outlive their period by this: its last moment can be rewound, and a running rewind can finish. */
const SPARE_DAYS = 2;

/** The archiver's tag. A rewind changes it on its objects, which then leave once nothing waits in them. */
const EXPIRING = { expires: 'yes' };

export interface ArchiveProps {
  readonly settings: Settings;
  /** @default S3's own key */
  readonly key: IKey | undefined;
}

/** The bucket: large payloads, deleted messages, and batches of the stream that the archiver gave up. */
export class Archive extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { settings, key }: ArchiveProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: removalPolicyOf(settings),
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(BROKEN_UPLOAD_DAYS) },
        { prefix: 'rewinds/', expiration: Duration.days(PLAN_DAYS) },
        ...RETENTION_DAYS.map((days) => ({
          prefix: `archive/${days}d/`,
          tagFilters: EXPIRING,
          expiration: Duration.days(days + SPARE_DAYS),
        })),
      ],
      ...(key === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only functions of this deployment reach it, and they log; object-level CloudTrail tells who else tried.',
    });
  }
}
