/**
 * What AWS charges in us-east-1, in US dollars, without free tiers; checked on 22 November 2026. A million requests or
 * units where nothing else is said.
 */
export const PRICES = {
  dynamodb: { writeUnits: 0.625, readUnits: 0.125, gigabyteMonth: 0.25 },
  s3: { puts: 5, gets: 0.4, gigabyteMonth: 0.023 },
  /** Time is billed by the gigabyte of memory and the second, on arm64. */
  lambda: { requests: 0.2, gigabyteSecond: 0.000_013_333_4 },
  /** A request of an HTTP API is one for each started 512 KB. */
  apiGateway: { requests: 1 },
  /** A request is one for each started 64 KB, and carries at most 10 messages. */
  sqs: { requests: 0.4, requestBytes: 65_536, messagesPerRequest: 10 },
} as const;
