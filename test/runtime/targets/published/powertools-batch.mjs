// After the documentation of Powertools for AWS Lambda (TypeScript), "Processing messages from SQS", MIT-0.
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';

const processor = new BatchProcessor(EventType.SQS);

const recordHandler = async (record) => {
  const payload = record.body;
  if (payload) {
    const item = JSON.parse(payload);
    console.log('Processed item', { item });
  }
};

export const handler = async (event, context) =>
  processPartialResponse(event, recordHandler, processor, {
    context,
  });
