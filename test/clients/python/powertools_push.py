"""The batch processor of Powertools for AWS Lambda, as documented, behind a queue that pushes."""

import collections
import http.server
import json
import os
import sys
import threading
import time

import boto3
import requests
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import get_session

QUEUE = "powertools"
received = collections.Counter()
failed = 0
processor = BatchProcessor(event_type=EventType.SQS)


def record_handler(record):
    received[record.body] += 1
    if record.body == "bad" and received["bad"] == 1:
        raise ValueError("bad at first")


def lambda_handler(event, context):
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Calls the handler with what is posted, as the runtime of Lambda does."""

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = json.dumps(lambda_handler(event, None)).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def rest(method, path, body):
    url = os.environ["REWINDMQ_URL"] + path
    request = AWSRequest(method=method, url=url, data=json.dumps(body), headers={"content-type": "application/json"})
    SigV4Auth(get_session().get_credentials(), "execute-api", os.environ["AWS_REGION"]).add_auth(request)
    answer = requests.request(method, url, data=request.data, headers=dict(request.headers), timeout=30)
    answer.raise_for_status()
    return answer.json()


def check(name, holds):
    global failed
    failed += not holds
    print(f"{'ok' if holds else 'FAILED'} Powertools for Python: {name}")


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PUSH_PORT"])), Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()
subscription = {
    "to": {"https": f"http://127.0.0.1:{os.environ['PUSH_PORT']}/"},
    "reportBatchItemFailures": True,
    "targetSeconds": 5,
    "visibilitySeconds": 1,
}
rest("PUT", f"/queues/{QUEUE}", {})
rest("PUT", f"/queues/{QUEUE}/subscription", subscription)
sqs = boto3.client("sqs", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(["one", "bad", "three"])]
sqs.send_message_batch(QueueUrl=url, Entries=entries)
until = time.time() + 30
while received["bad"] < 2 and time.time() < until:
    time.sleep(0.05)
check("gets the event of an SQS trigger, and a message that it lists as failed comes again", received["bad"] == 2)
check("does not get again what succeeded", received["one"] == 1 and received["three"] == 1)
sys.exit(1 if failed else 0)
