"""The calls that Terraform's AWS provider makes for an `aws_sqs_queue`, and its own rule for "nothing to change".

The provider itself comes from a registry that CI does not reach, so its calls are replayed: create with every
attribute that has a value, ask until they are there, read all, compare with the configuration, change, delete.
"""

import json
import sys
import time
import traceback
import uuid

import boto3
from botocore.exceptions import ClientError

sqs = boto3.client("sqs")

# What the provider sends for a resource that sets nothing: its schema has these defaults.
DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
}
JSON_ATTRIBUTES = {"Policy", "RedrivePolicy", "RedriveAllowPolicy"}
DEFAULT_REUSE_SECONDS = "300"


def is_same(name, wanted, attributes):
    if name not in attributes:
        return wanted == "" or (name == "KmsDataKeyReusePeriodSeconds" and wanted == DEFAULT_REUSE_SECONDS)
    if name in JSON_ATTRIBUTES:
        return json.loads(attributes[name]) == json.loads(wanted)
    return attributes[name] == wanted


def read(url):
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return attributes, sqs.list_queue_tags(QueueUrl=url).get("Tags", {})


def differences(url, configuration, tags):
    attributes, told_tags = read(url)
    found = [name for name, wanted in configuration.items() if not is_same(name, wanted, attributes)]
    return found + ([] if told_tags == tags else ["tags"])


def wait_until_propagated(url, configuration):
    for _ in range(6):
        attributes, _tags = read(url)
        if all(is_same(name, wanted, attributes) for name, wanted in configuration.items()):
            return
        time.sleep(0.5)
    raise AssertionError(f"the attributes never became {configuration}: {attributes}")


def apply(configuration, tags):
    attributes = {**DEFAULTS, **configuration}
    url = sqs.create_queue(QueueName=f"tf-{uuid.uuid4().hex[:8]}", Attributes=attributes, tags=tags)["QueueUrl"]
    wait_until_propagated(url, attributes)
    return url, attributes


def destroy(url):
    sqs.delete_queue(QueueUrl=url)
    try:
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue", error
        return
    raise AssertionError("a deleted queue has attributes")


def plan_after_apply_shows_no_change():
    dead, _ = apply({}, {})
    arn = read(dead)[0]["QueueArn"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}]}
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 4})
    url, configuration = apply({"Policy": json.dumps(policy), "RedrivePolicy": redrive, "SqsManagedSseEnabled": "true"}, {"team": "a"})
    assert differences(url, configuration, {"team": "a"}) == []
    destroy(url)
    destroy(dead)


def plan_after_apply_with_a_kms_key_shows_no_change():
    key = {"KmsMasterKeyId": "alias/aws/sqs", "KmsDataKeyReusePeriodSeconds": DEFAULT_REUSE_SECONDS}
    url, configuration = apply(key, {})
    assert differences(url, configuration, {}) == []
    assert read(url)[0]["SqsManagedSseEnabled"] == "false"
    destroy(url)


def a_key_that_is_taken_away_leaves_no_change_behind():
    url, configuration = apply({"KmsMasterKeyId": "alias/aws/sqs"}, {})
    change = {"KmsMasterKeyId": "", "SqsManagedSseEnabled": "true"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=change)
    wait_until_propagated(url, change)
    assert differences(url, {**configuration, **change}, {}) == []
    destroy(url)


failed = 0
for test in [
    plan_after_apply_shows_no_change,
    plan_after_apply_with_a_kms_key_shows_no_change,
    a_key_that_is_taken_away_leaves_no_change_behind,
]:
    title = test.__name__.replace("_", " ")
    try:
        test()
        print(f"ok Terraform's calls: {title}")
    except Exception:
        traceback.print_exc()
        print(f"FAILED Terraform's calls: {title}")
        failed += 1
sys.exit(1 if failed else 0)
