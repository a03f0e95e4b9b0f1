import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { DlqDestinationConfig, IEventSourceDlq } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Access } from './access.ts';
import type { Settings } from './settings.ts';

/** Where payloads lie that are too large for a table. */
const PAYLOADS = 'payloads/*';
/** Where what was deleted lies, by how long it is kept. */
const ARCHIVED = 'archive/*';
/** Where rewinds list what they share out; of no use once they are over. */
const REWIND_PLANS = 'rewinds/*';
const PLAN_DAYS = 7;
/** Where Lambda puts batches of a stream that were given up; the name is Lambda's. */
const GIVEN_UP_BATCHES = 'aws/lambda/*';
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
    const isKept = settings.removal === 'retain';
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
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

  /** Lets `grantee` do this. A reader has to list as well: else S3 answers 403 for an object that is gone. */
  grant(
    grantee: IGrantable,
    { payloads, archived, plans }: Required<Pick<Access, 'payloads' | 'archived' | 'plans'>>,
  ): void {
    this.#grantObjects(grantee, payloads, PAYLOADS);
    this.#grantObjects(grantee, archived, ARCHIVED);
    this.#grantObjects(grantee, plans, REWIND_PLANS);
    if ([...payloads, ...archived].includes('GetObject')) this.#grantList(grantee);
  }

  /** Lets `grantee` read what rewinds share out. */
  grantPlans(grantee: IGrantable): void {
    this.#grantObjects(grantee, ['GetObject'], REWIND_PLANS);
  }

  /** Takes, in full, the batches that a stream's function failed on until it gave up. */
  get givenUpBatches(): IEventSourceDlq {
    return {
      bind: (_mapping, fn): DlqDestinationConfig => {
        Grant.addToPrincipal({
          grantee: fn,
          actions: ['s3:PutObject'],
          resourceArns: [this.bucket.arnForObjects(GIVEN_UP_BATCHES)],
        });
        this.#grantList(fn);
        return { destination: this.bucket.bucketArn };
      },
    };
  }

  #grantObjects(grantee: IGrantable, actions: readonly string[], names: string): void {
    if (actions.length === 0) return;
    Grant.addToPrincipal({
      grantee,
      actions: actions.map((action) => `s3:${action}`),
      resourceArns: [this.bucket.arnForObjects(names)],
    });
  }

  #grantList(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] });
  }
}
