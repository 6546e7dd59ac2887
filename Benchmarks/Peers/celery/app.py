"""Celery over Redis, without results."""

import os
import sys

from celery import Celery
from counting import count

app = Celery("app", broker=os.environ["REDIS_URL"])
app.conf.update(task_ignore_result=True, worker_send_task_events=False, broker_connection_retry_on_startup=True)


@app.task(name="nothing")
def nothing():
    count()


if __name__ == "__main__":
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(int(sys.argv[1])):
            nothing.apply_async(producer=producer)
