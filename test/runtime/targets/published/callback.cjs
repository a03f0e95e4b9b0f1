// After older guides: a handler with a callback, which reads attributes of messages.
exports.handler = (event, context, callback) => {
  event.Records.forEach((record) => {
    const { stringValue } = record.messageAttributes.kind || {};
    console.log('%s %s %s', record.eventSourceARN, record.body, stringValue);
  });
  callback(null, `Successfully processed ${event.Records.length} messages.`);
};
