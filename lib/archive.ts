import { Duration, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Settings } from './settings.ts';
import { removalPolicyOf } from './tables.ts';

/** Rewinds list what they share out; of no use once they are over. */
const PLAN_DAYS = 7;
/** An upload that broke off is of no use to anybody. */
const BROKEN_UPLOAD_DAYS = 1;
/** Periods that deleted messages are kept for, each under a prefix of its own; what is kept for ever has no rule. */
export const RETENTION_DAYS = [1, 3, 7, 14, 30, 90, 365, 1_095];
/** Objects outlive their period by this: its last moment can be rewound, and a rewind at work can finish. */
const SPARE_DAYS = 2;

/** The archiver tags so what it puts; a rewind changes the tag of what it names, which then goes when nothing waits. */
const EXPIRING = { expires: 'yes' };

export interface ArchiveProps {
  readonly settings: Settings;
  /** @default S3's own key */
  readonly key: IKey | undefined;
}

/** The bucket: large payloads, what was deleted, and batches of the stream that the archiver gave up. */
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
