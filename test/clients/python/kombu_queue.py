"""kombu with its SQS transport, as published, old and new: what is put comes once, in both its kinds of queues."""

import os
import sys
import time
import uuid

import kombu

options = {
    "region": os.environ["AWS_DEFAULT_REGION"],
    "endpoint_url": os.environ["AWS_ENDPOINT_URL"],
    "is_secure": False,
    "wait_time_seconds": 1,
    "polling_interval": 0.1,
}
failed = 0


def check(name, holds):
    global failed
    failed += not holds
    print(f"{'ok' if holds else 'FAILED'} kombu {kombu.__version__}: {name}")


def take(queue, count):
    bodies, until = [], time.time() + 30
    while len(bodies) < count and time.time() < until:
        try:
            message = queue.get(block=True, timeout=2)
        except queue.Empty:
            continue
        bodies.append(message.payload)
        message.ack()
    return bodies


with kombu.Connection("sqs://", transport_options=options) as connection:
    queue = connection.SimpleQueue(f"kombu-{uuid.uuid4().hex[:8]}")
    sent = [{"number": number, "text": "grün"} for number in range(15)]
    for body in sent:
        queue.put(body)
    got = take(queue, len(sent))
    check("sends and receives", sorted(body["number"] for body in got) == list(range(15)) and got[0]["text"] == "grün")
    time.sleep(0.5)
    check("deletes what it acknowledges", queue.qsize() == 0)
    queue.put("given back")
    message = queue.get(block=True, timeout=10)
    message.requeue()
    check("gets again what it gives back", take(queue, 1) == ["given back"])
    queue.close()
sys.exit(1 if failed else 0)
