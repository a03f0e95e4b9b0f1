/**
 * AWS prices in us-east-1, in US dollars, without free tiers, and with only the volume discounts named here. For a
 * million requests or units unless noted. Sources: docs/aws-facts.md.
 */
export const PRICES = {
  /** `backupMonth` is point-in-time recovery of a gigabyte. */
  dynamodb: { writeUnits: 0.625, readUnits: 0.125, gigabyteMonth: 0.25, backupMonth: 0.2 },
  s3: { puts: 5, gets: 0.4, gigabyteMonth: 0.023 },
  /** Time is billed by the gigabyte of memory and the second, on arm64. */
  lambda: { requests: 0.2, gigabyteSecond: 0.000_013_333_4 },
  /** One request of an HTTP API for each started 512 KB; cheaper from the 300 millionth of a month on. */
  apiGateway: { requests: 1, requestsAbove: 0.9, above: 300e6 },
  scheduler: { calls: 1 },
  /** A metric is billed for the hours in which it has values. */
  cloudwatch: { alarmMonth: 0.1, metricMonth: 0.3, logGigabyte: 0.5 },
  kms: { keyMonth: 1, requests: 3 },
  xray: { traces: 5 },
  /** One request for each started 64 KB, with at most 10 messages. */
  sqs: { requests: 0.4, requestBytes: 65_536, messagesPerRequest: 10 },
} as const;
