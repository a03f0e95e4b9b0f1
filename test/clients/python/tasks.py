"""Tasks for a Celery worker whose broker is SQS; what they did is noted in files."""

import os
import pathlib
import time

from celery import Celery

endpoint = os.environ["AWS_ENDPOINT_URL"]
notes = pathlib.Path(os.environ["CELERY_NOTES"])

app = Celery("tasks", broker="sqs://")
app.conf.update(
    broker_transport_options={
        "region": os.environ["AWS_DEFAULT_REGION"],
        "visibility_timeout": 60,
        "polling_interval": 0.1,
        "wait_time_seconds": 1,
        "endpoint_url": endpoint,
        "is_secure": False,
        "queue_name_prefix": "celery-",
    },
    broker_connection_retry_on_startup=True,
    worker_enable_remote_control=False,
    task_ignore_result=True,
    task_acks_late=True,
)


@app.task
def add(name, one, other):
    (notes / name).write_text(str(one + other))


@app.task(bind=True, max_retries=3, default_retry_delay=1)
def fail_twice(self, name):
    if self.request.retries < 2:
        raise self.retry()
    (notes / name).write_text(str(self.request.retries))


@app.task
def late(name, sent_at):
    (notes / name).write_text(str(time.time() - sent_at))
