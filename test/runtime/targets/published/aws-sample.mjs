// Copyright Amazon.com, Inc. or its affiliates. All Rights Reserved.
// SPDX-License-Identifier: Apache-2.0
// From the developer guide of Lambda, "Invoke a Lambda function from an Amazon SQS trigger".
export const handler = async (event, context) => {
  for (const message of event.Records) {
    await processMessageAsync(message);
  }
  console.info('done');
};

async function processMessageAsync(message) {
  try {
    console.log(`Processed message ${message.body}`);
    // Do interesting work based on the new message
    await Promise.resolve(1); //Placeholder for actual async work
  } catch (err) {
    console.error('An error occurred');
    throw err;
  }
}
