import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Verdict, verdictOn } from '../../../src/model/push/index.ts';

/** Errors of an invocation, as Lambda documents them, with their status. */
const LAMBDA: readonly (readonly [code: string, status: number, verdict: Verdict])[] = [
  ['CodeArtifactUserDeletedException', 409, 'target'],
  ['CodeArtifactUserFailedException', 409, 'target'],
  ['CodeArtifactUserPendingException', 409, 'target'],
  ['DurableExecutionAlreadyStartedException', 409, 'target'],
  ['EC2AccessDeniedException', 502, 'target'],
  ['EC2ThrottledException', 502, 'target'],
  ['EC2UnexpectedException', 502, 'target'],
  ['EFSIOException', 410, 'target'],
  ['EFSMountConnectivityException', 408, 'target'],
  ['EFSMountFailureException', 403, 'target'],
  ['EFSMountTimeoutException', 408, 'target'],
  ['ENILimitReachedException', 502, 'target'],
  ['ENINotReadyException', 502, 'target'],
  ['InvalidParameterValueException', 400, 'target'],
  ['InvalidRequestContentException', 400, 'message'],
  ['InvalidRuntimeException', 502, 'target'],
  ['InvalidSecurityGroupIDException', 502, 'target'],
  ['InvalidSubnetIDException', 502, 'target'],
  ['InvalidZipFileException', 502, 'target'],
  ['KMSAccessDeniedException', 502, 'target'],
  ['KMSDisabledException', 502, 'target'],
  ['KMSInvalidStateException', 502, 'target'],
  ['KMSNotFoundException', 502, 'target'],
  ['ModeNotSupportedException', 400, 'target'],
  ['NoPublishedVersionException', 400, 'target'],
  ['RecursiveInvocationException', 400, 'message'],
  ['RequestTooLargeException', 413, 'message'],
  ['ResourceConflictException', 409, 'target'],
  ['ResourceNotFoundException', 404, 'target'],
  ['ResourceNotReadyException', 502, 'target'],
  ['S3FilesMountConnectivityException', 408, 'target'],
  ['S3FilesMountFailureException', 403, 'target'],
  ['S3FilesMountTimeoutException', 408, 'target'],
  ['SerializedRequestEntityTooLargeException', 413, 'message'],
  ['ServiceException', 500, 'unclear'],
  ['ServiceQuotaExceededException', 402, 'target'],
  ['SnapStartException', 400, 'target'],
  ['SnapStartNotReadyException', 409, 'target'],
  ['SnapStartRegenerationFailureException', 400, 'target'],
  ['SnapStartTimeoutException', 408, 'target'],
  ['SubnetIPAddressLimitReachedException', 502, 'target'],
  ['TooManyRequestsException', 429, 'target'],
  ['UnsupportedMediaTypeException', 415, 'target'],
];

/** Errors of SQS, and those of every service of AWS. */
const OTHERS: typeof LAMBDA = [
  ['AccessDeniedException', 403, 'target'],
  ['AccessDenied', 403, 'target'],
  ['BatchRequestTooLong', 400, 'message'],
  ['ExpiredTokenException', 400, 'target'],
  ['IncompleteSignature', 400, 'target'],
  ['InternalFailure', 500, 'unclear'],
  ['InvalidClientTokenId', 403, 'target'],
  ['InvalidMessageContents', 400, 'message'],
  ['InvalidSignatureException', 403, 'target'],
  ['KmsThrottled', 400, 'target'],
  ['OptInRequired', 403, 'target'],
  ['OverLimit', 403, 'target'],
  ['QueueDoesNotExist', 400, 'target'],
  ['RequestThrottled', 400, 'target'],
  ['ServiceUnavailable', 503, 'target'],
  ['ThrottlingException', 400, 'target'],
  ['UnrecognizedClientException', 400, 'target'],
  ['UnsupportedOperation', 400, 'target'],
  ['UnknownError', 400, 'target'],
  ['UnknownError', 500, 'unclear'],
  ['UnknownError', 502, 'unclear'],
];

describe('an error of AWS', () => {
  it.each([...LAMBDA, ...OTHERS])('%s with status %s is %s', (code, status, verdict) => {
    expect(verdictOn({ kind: 'refused', status, code })).toBe(verdict);
  });

  it('stands in this table if an invocation may end with it', () => {
    const root = join(createRequire(import.meta.url).resolve('@aws-sdk/client-lambda/package.json'), '..');
    const documented = readFileSync(join(root, 'dist-types/commands/InvokeCommand.d.ts'), 'utf8');

    const codes = [...documented.matchAll(/@throws \{@link (\w+)\} \((?:client|server) fault\)/g)].map(
      ([, code]) => code,
    );

    expect(codes.length).toBeGreaterThan(40);
    expect(codes.filter((code) => !LAMBDA.some(([known]) => known === code))).toEqual([]);
  });
});
