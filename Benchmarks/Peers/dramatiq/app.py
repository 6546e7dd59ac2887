"""dramatiq over Redis."""

import os
import sys

import dramatiq
from counting import count
from dramatiq.brokers.redis import RedisBroker

dramatiq.set_broker(RedisBroker(url=os.environ["REDIS_URL"]))


@dramatiq.actor
def nothing():
    count()


if __name__ == "__main__":
    for _ in range(int(sys.argv[1])):
        nothing.send()
