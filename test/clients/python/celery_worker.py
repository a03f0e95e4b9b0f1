"""Celery with its SQS transport, as published: a worker runs tasks, repeats one that fails, and waits for a late one."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

directory = tempfile.mkdtemp()
os.environ["CELERY_NOTES"] = directory
notes = pathlib.Path(directory)

from tasks import add, fail_twice, late  # noqa: E402  the tasks read the environment

worker = subprocess.Popen(
    [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--pool=solo", "--loglevel=WARNING"],
    cwd=pathlib.Path(__file__).parent,
)
failed = 0
try:
    for number in range(20):
        add.delay(f"sum-{number}", number, number)
    fail_twice.delay("retried")
    late.apply_async(args=["late", time.time()], countdown=3)
    until = time.time() + 60
    while len(list(notes.iterdir())) < 22 and time.time() < until:
        time.sleep(0.1)
    text = {path.name: path.read_text() for path in notes.iterdir()}
    for name, holds in [
        ("runs tasks", all(text.get(f"sum-{number}") == str(2 * number) for number in range(20))),
        ("repeats a task that asks for it", text.get("retried") == "2"),
        ("waits until the countdown is over", float(text.get("late", "0")) >= 3),
    ]:
        failed += not holds
        print(f"{'ok' if holds else 'FAILED'} Celery: {name}")
finally:
    worker.terminate()
    worker.wait(timeout=20)
sys.exit(1 if failed else 0)
