// Copyright Amazon.com, Inc. or its affiliates. All Rights Reserved.
// SPDX-License-Identifier: Apache-2.0
// From the developer guide of Lambda, "Reporting batch item failures for Lambda functions with an Amazon SQS trigger".
export const handler = async (event, context) => {
  const batchItemFailures = [];
  for (const record of event.Records) {
    try {
      await processMessageAsync(record, context);
    } catch (error) {
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
};

async function processMessageAsync(record, context) {
  if (record.body && record.body.includes('error')) {
    throw new Error('There is an error in the SQS Message.');
  }
  console.log(`Processed message ${record.body}`);
}
