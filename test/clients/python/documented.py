"""Runs the Python of docs/deploy.md as it stands there."""
import os
import pathlib
import re
import subprocess
import sys

import boto3

document = pathlib.Path(__file__).parents[3] / "docs" / "deploy.md"
snippet = re.search(r"```python\n(.*?)```", document.read_text(), re.DOTALL).group(1)
sqs = boto3.client("sqs")
queue = sqs.create_queue(QueueName="orders")["QueueUrl"]

done = subprocess.run([sys.executable, "-c", snippet], env={**os.environ, "URL": os.environ["AWS_ENDPOINT_URL"]})

bodies = [message["Body"] for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])]
if done.returncode == 0 and bodies == ["first"]:
    print("ok the Python of docs/deploy.md sends")
else:
    print(f"FAILED the Python of docs/deploy.md: it ended with {done.returncode} and sent {bodies}")
    sys.exit(1)
