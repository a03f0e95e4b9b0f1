"""boto3, client and resource, as published: endpoint, region and keys come from the environment."""

import json
import sys
import traceback
import uuid

import boto3

client = boto3.client("sqs")
resource = boto3.resource("sqs")


def new_queue(**attributes):
    return client.create_queue(QueueName=f"boto-{uuid.uuid4().hex[:8]}", Attributes=attributes)["QueueUrl"]


def receive(url, **more):
    return client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, **more).get("Messages", [])


def client_sends_receives_extends_and_deletes():
    url = new_queue()
    attributes = {"n": {"DataType": "Number.int", "StringValue": "7"}, "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    sent = client.send_message(QueueUrl=url, MessageBody="hällo", MessageAttributes=attributes)
    [message] = receive(url, MessageAttributeNames=["All"], AttributeNames=["All"])
    assert message["MessageId"] == sent["MessageId"] and message["Body"] == "hällo"
    assert message["MessageAttributes"] == attributes
    client.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=60)
    client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert "Messages" not in client.receive_message(QueueUrl=url)


def client_works_in_batches():
    url = new_queue()
    entries = [{"Id": str(i), "MessageBody": f"m{i}"} for i in range(10)]
    assert len(client.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
    handles = []
    while len(handles) < 10:
        messages = receive(url)
        assert messages, "messages are missing"
        handles += [message["ReceiptHandle"] for message in messages]
    entries = [{"Id": str(i), "ReceiptHandle": handle} for i, handle in enumerate(handles)]
    extended = client.change_message_visibility_batch(
        QueueUrl=url, Entries=[{**entry, "VisibilityTimeout": 60} for entry in entries]
    )
    assert len(extended["Successful"]) == 10
    assert len(client.delete_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
    counts = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "0"


def client_finds_dead_letters():
    dead = new_queue()
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = new_queue(RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "1"}))
    client.send_message(QueueUrl=url, MessageBody="poison")
    assert len(receive(url, VisibilityTimeout=0)) == 1
    assert receive(url) == []
    assert [message["Body"] for message in receive(dead)] == ["poison"]
    assert client.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]


def client_hears_errors_by_their_classes():
    for call, expected in [
        (lambda: client.get_queue_url(QueueName="nothing-here"), client.exceptions.QueueDoesNotExist),
        (lambda: client.delete_message(QueueUrl=new_queue(), ReceiptHandle="x"), client.exceptions.ReceiptHandleIsInvalid),
        (lambda: client.send_message_batch(QueueUrl=new_queue(), Entries=[]), client.exceptions.EmptyBatchRequest),
    ]:
        try:
            call()
        except expected:
            continue
        raise AssertionError(f"{expected} was not raised")
    try:
        client.get_queue_url(QueueName="nothing-here")
    except client.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue", error.response


def resource_walks_the_whole_way():
    queue = resource.create_queue(QueueName=f"boto-{uuid.uuid4().hex[:8]}")
    queue.send_message(MessageBody="one")
    queue.send_messages(Entries=[{"Id": "a", "MessageBody": "two"}, {"Id": "b", "MessageBody": "three"}])
    bodies = set()
    while len(bodies) < 3:
        messages = queue.receive_messages(MaxNumberOfMessages=10, WaitTimeSeconds=1)
        assert messages, f"only {bodies} came"
        for message in messages:
            bodies.add(message.body)
            message.change_visibility(VisibilityTimeout=60)
            message.delete()
    assert resource.get_queue_by_name(QueueName=queue.url.split("/")[-1]).url == queue.url
    queue.purge()
    queue.delete()


failed = 0
for test in [
    client_sends_receives_extends_and_deletes,
    client_works_in_batches,
    client_finds_dead_letters,
    client_hears_errors_by_their_classes,
    resource_walks_the_whole_way,
]:
    try:
        test()
        print(f"ok boto3: {test.__name__}")
    except Exception:
        failed += 1
        traceback.print_exc()
        print(f"FAILED boto3: {test.__name__}")
sys.exit(1 if failed else 0)
