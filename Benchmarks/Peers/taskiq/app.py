"""taskiq over a Redis stream, which acknowledges as Tocsin does."""

import asyncio
import os
import sys

from counting import count
from taskiq_redis import RedisStreamBroker

# From the beginning, since the jobs are there before the workers are.
broker = RedisStreamBroker(os.environ["REDIS_URL"], consumer_id="0")


@broker.task(task_name="nothing")
async def nothing():
    count()


async def fill(jobs):
    await broker.startup()
    for start in range(0, jobs, 50):
        await asyncio.gather(*(nothing.kiq() for _ in range(min(50, jobs - start))))
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(fill(int(sys.argv[1])))
