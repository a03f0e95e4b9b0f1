#!/usr/bin/env bash
# The AWS command line that is first on the path, version 1 or 2.
set -euo pipefail
cli=$(aws --version 2>&1 | sed -E 's|^aws-cli/([0-9]+).*|aws CLI \1|')
sqs() { aws --endpoint-url "$AWS_ENDPOINT_URL" sqs "$@"; }
trap 'echo "FAILED $cli: line $LINENO"' ERR

url=$(sqs create-queue --queue-name "cli-$RANDOM$RANDOM" --query QueueUrl --output text)
dead=$(sqs create-queue --queue-name "cli-dead-$RANDOM$RANDOM" --query QueueUrl --output text)
arn=$(sqs get-queue-attributes --queue-url "$dead" --attribute-names QueueArn --query Attributes.QueueArn --output text)
policy="{\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"$arn\\\",\\\"maxReceiveCount\\\":\\\"1\\\"}\"}"
sqs set-queue-attributes --queue-url "$url" --attributes "$policy"
sqs send-message --queue-url "$url" --message-body one --query MessageId --output text >/dev/null
sqs send-message-batch --queue-url "$url" --entries Id=a,MessageBody=two --query Successful --output text >/dev/null
handles=$(sqs receive-message --queue-url "$url" --max-number-of-messages 10 --query 'Messages[].ReceiptHandle' --output text)
set -- $handles
sqs change-message-visibility --queue-url "$url" --receipt-handle "$1" --visibility-timeout 0
sqs receive-message --queue-url "$url" --max-number-of-messages 10 --query 'Messages[].ReceiptHandle' --output text >/dev/null
body=$(sqs receive-message --queue-url "$dead" --query 'Messages[0].Body' --output text)
[[ $body == one || $body == two ]]
for handle in "${@:2}"; do sqs delete-message --queue-url "$url" --receipt-handle "$handle"; done
sqs delete-queue --queue-url "$url"
echo "ok $cli: sends, receives, extends, deletes and finds dead letters"

# The line that the README prints, but for the port; version 1 reads no endpoint from the environment.
line=$(grep -m1 '^aws ' README.md)
endpoint=$AWS_ENDPOINT_URL
unset AWS_ENDPOINT_URL
created=$(bash -c "${line//http:\/\/127.0.0.1:4100/$endpoint}")
[[ $created == *"$endpoint/"*"/orders"* ]]
echo "ok $cli: creates a queue as the README says"
