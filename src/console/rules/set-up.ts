import { createQueue, sendMessage } from './actions.ts';
import { cliLine, curlLine, type Place } from './lines.ts';
import { shellWord } from './shell-words.ts';

/** How a program is set up to send a message to a queue and to receive it. */
export interface SetUp {
  readonly name: string;
  /** What must be installed; a shell line. */
  readonly install?: string;
  readonly text: string;
}

const HELLO = 'hello';
/** Owner in the SQS URLs of a server on one machine. */
const ACCOUNT = '000000000000';

export const sqsUrl = (queue: string, { url }: Place): string => `${url}/${ACCOUNT}/${queue}`;

/** Lines for the shell that the SDKs read: a Region and credentials, which a server without keys does not check. */
export const environmentText = ({ url, isKeyed }: Place): string =>
  [
    `export AWS_ENDPOINT_URL=${url} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1`,
    isKeyed
      ? 'export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…'
      : 'export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local',
  ].join('\n');

export function setUpsOf(queue: string, place: Place): SetUp[] {
  const at = { queue, url: sqsUrl(queue, place), place };
  // A deployment answers SQS clients only where its settings ask for it, and by keys that it issues.
  if (place.region !== undefined) return [curl(at), ownClient(at)];
  return [curl(at), ownClient(at), javaScript(at), python(at), java(at), go(at), php(at)];
}

interface At {
  readonly queue: string;
  readonly url: string;
  readonly place: Place;
}

const curl = ({ queue, place }: At): SetUp => ({
  name: 'curl',
  text: [
    curlLine(sendMessage(queue, { body: HELLO }).call, place),
    curlLine({ method: 'POST', path: `/queues/${queue}/receive`, body: { max: 10, waitSeconds: 1 } }, place),
  ].join('\n'),
});

/** The queue in our own client. */
function clientQueue(queue: string, { url, isKeyed, region }: Place): string {
  if (region !== undefined) {
    return `import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { RewindMq } from 'rewindmq/client';

const queue = new RewindMq({
  url: '${url}',
  region: '${region}',
  credentials: defaultProvider(),
}).queue('${queue}');`;
  }
  const credentials = `
  credentials: {
    accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
  },
`;
  const options = isKeyed ? `{\n  url: '${url}',${credentials}}` : `{ url: '${url}' }`;
  return `import { RewindMq } from 'rewindmq/client';

const queue = new RewindMq(${options}).queue('${queue}');`;
}

const ownClient = ({ queue, place }: At): SetUp => ({
  name: 'RewindMQ client',
  ...(place.region === undefined ? {} : { install: 'npm install @aws-sdk/credential-provider-node' }),
  text: `${clientQueue(queue, place)}
await queue.send('${HELLO}');
const messages = await queue.receive({ waitSeconds: 1 });
console.log(messages.map(({ body }) => body));
await queue.delete(messages.map(({ receipt }) => receipt));`,
});

const javaScript = ({ url }: At): SetUp => ({
  name: 'JavaScript',
  install: 'npm install @aws-sdk/client-sqs',
  text: `import { SQS } from '@aws-sdk/client-sqs';

const QueueUrl = '${url}';
const sqs = new SQS({});
await sqs.sendMessage({ QueueUrl, MessageBody: '${HELLO}' });
const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 1 });
for (const { Body, ReceiptHandle } of Messages) {
  console.log(Body);
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
}`,
});

const python = ({ url }: At): SetUp => ({
  name: 'Python',
  install: 'pip install boto3',
  text: `import boto3

queue = boto3.resource("sqs").Queue("${url}")
queue.send_message(MessageBody="${HELLO}")
for message in queue.receive_messages(WaitTimeSeconds=1):
    print(message.body)
    message.delete()`,
});

const java = ({ url }: At): SetUp => ({
  name: 'Java',
  // JBang installs what such a comment names; Maven and Gradle take the same coordinates.
  text: `//DEPS software.amazon.awssdk:sqs:2.32.23
import software.amazon.awssdk.services.sqs.SqsClient;

public class Hello {
  public static void main(String[] arguments) {
    String url = "${url}";
    SqsClient sqs = SqsClient.create();
    sqs.sendMessage(send -> send.queueUrl(url).messageBody("${HELLO}"));
    sqs.receiveMessage(receive -> receive.queueUrl(url).waitTimeSeconds(1)).messages().forEach(message -> {
      System.out.println(message.body());
      sqs.deleteMessage(delete -> delete.queueUrl(url).receiptHandle(message.receiptHandle()));
    });
  }
}`,
});

const go = ({ url }: At): SetUp => ({
  name: 'Go',
  install: 'go get github.com/aws/aws-sdk-go-v2/config@v1.31.2 github.com/aws/aws-sdk-go-v2/service/sqs@v1.42.0',
  text: `package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func main() {
	ctx, url := context.Background(), aws.String("${url}")
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	client := sqs.NewFromConfig(settings)
	message := &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("${HELLO}")}
	if _, err = client.SendMessage(ctx, message); err != nil {
		panic(err)
	}
	received, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, WaitTimeSeconds: 1})
	if err != nil {
		panic(err)
	}
	for _, message := range received.Messages {
		fmt.Println(*message.Body)
		client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: message.ReceiptHandle})
	}
}`,
});

const php = ({ url, place }: At): SetUp => ({
  name: 'PHP',
  install: 'composer require async-aws/sqs:1.7.0',
  text: `<?php
require 'vendor/autoload.php';

$sqs = new AsyncAws\\Sqs\\SqsClient(['endpoint' => ${phpText(place.url)}]);
$queue = ['QueueUrl' => ${phpText(url)}];
$sqs->sendMessage($queue + ['MessageBody' => '${HELLO}']);
foreach ($sqs->receiveMessage($queue + ['WaitTimeSeconds' => 1])->getMessages() as $message) {
    echo $message->getBody(), PHP_EOL;
    $sqs->deleteMessage($queue + ['ReceiptHandle' => $message->getReceiptHandle()]);
}`,
});

const phpText = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;

/** Three ways to send the first message of a server that has no queue yet. */
export function firstSteps(queue: string, place: Place): { readonly name: string; readonly text: string }[] {
  const create = { method: 'PUT', path: `/queues/${queue}` } as const;
  const send = sendMessage(queue, { body: HELLO });
  const endpoint = `aws --endpoint-url ${shellWord(place.url)} sqs`;
  const lines = [createQueue(queue, {}), send].map(({ words }) => cliLine(words, place));
  return [
    { name: 'curl', text: `${curlLine(create, place)}\n${curlLine(send.call, place)}` },
    place.region === undefined
      ? {
          name: 'AWS command line',
          text:
            `${environmentText(place)}\n${endpoint} create-queue --queue-name ${queue}\n` +
            `${endpoint} send-message --queue-url ${sqsUrl(queue, place)} --message-body ${HELLO}`,
        }
      : { name: 'Command line', text: lines.join('\n') },
    {
      name: 'TypeScript',
      text: `${clientQueue(queue, place)}
await queue.create();
await queue.send('${HELLO}');`,
    },
  ];
}
