// The AWS SDK for Go v2, as published: endpoint, region and keys come from the environment.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func main() {
	if err := walk(context.Background()); err != nil {
		fmt.Println("FAILED Go SDK v2:", err)
		os.Exit(1)
	}
	fmt.Println("ok Go SDK v2: sends, receives, extends, deletes and finds dead letters")
}

func walk(ctx context.Context) error {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := sqs.NewFromConfig(settings)
	name := fmt.Sprintf("go-%d", time.Now().UnixNano())
	dead, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(name + "-dead")})
	if err != nil {
		return err
	}
	told, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: dead.QueueUrl, AttributeNames: []types.QueueAttributeName{"QueueArn"}})
	if err != nil {
		return err
	}
	policy := fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"1"}`, told.Attributes["QueueArn"])
	queue, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: aws.String(name), Attributes: map[string]string{"RedrivePolicy": policy}})
	if err != nil {
		return err
	}
	url := queue.QueueUrl
	if _, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("one")}); err != nil {
		return err
	}
	if _, err = client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: url,
		Entries: []types.SendMessageBatchRequestEntry{{Id: aws.String("a"), MessageBody: aws.String("two")}}}); err != nil {
		return err
	}
	messages, err := receive(ctx, client, url, 2)
	if err != nil {
		return err
	}
	if _, err = client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: url, ReceiptHandle: messages[0].ReceiptHandle, VisibilityTimeout: 60}); err != nil {
		return err
	}
	if _, err = client.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: url, ReceiptHandle: messages[0].ReceiptHandle}); err != nil {
		return err
	}
	if _, err = client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: url, ReceiptHandle: messages[1].ReceiptHandle, VisibilityTimeout: 0}); err != nil {
		return err
	}
	if _, err = client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url}); err != nil {
		return err
	}
	letters, err := receive(ctx, client, dead.QueueUrl, 1)
	if err != nil {
		return err
	}
	if *letters[0].Body != *messages[1].Body {
		return fmt.Errorf("the dead letter is %q", *letters[0].Body)
	}
	var missing *types.QueueDoesNotExist
	_, err = client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("nothing-here")})
	if !errors.As(err, &missing) {
		return fmt.Errorf("no QueueDoesNotExist, but %v", err)
	}
	return nil
}

func receive(ctx context.Context, client *sqs.Client, url *string, count int) ([]types.Message, error) {
	var messages []types.Message
	for tries := 0; len(messages) < count && tries < 10; tries++ {
		answer, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
		if err != nil {
			return nil, err
		}
		messages = append(messages, answer.Messages...)
	}
	if len(messages) < count {
		return nil, fmt.Errorf("%d messages came, not %d", len(messages), count)
	}
	return messages, nil
}
