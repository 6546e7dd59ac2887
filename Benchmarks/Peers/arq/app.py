"""arq: many jobs at once, polled often, results not kept."""

import asyncio
import os
import sys

from arq import create_pool
from arq.connections import RedisSettings
from counting import count

SETTINGS = RedisSettings.from_dsn(os.environ["REDIS_URL"])


async def nothing(_context):
    count()


class WorkerSettings:
    functions = [nothing]
    redis_settings = SETTINGS
    max_jobs = 1_000
    poll_delay = 0.01
    keep_result = 0


async def fill(jobs):
    pool = await create_pool(SETTINGS)
    for start in range(0, jobs, 50):
        await asyncio.gather(*(pool.enqueue_job("nothing") for _ in range(min(50, jobs - start))))
    await pool.aclose()


if __name__ == "__main__":
    asyncio.run(fill(int(sys.argv[1])))
