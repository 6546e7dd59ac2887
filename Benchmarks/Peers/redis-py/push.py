"""Pushes jobs as the pusher does, with redis-py and hiredis.

push.py COUNT SITES.db: first pipelines of 200 XADDs of one site, then the same with each page read from the database.
Prints the rates as JSON.
"""

import json
import os
import sqlite3
import sys
import time

import redis

PAGE = 200
STREAM = "MONITORING_STREAM"


def push(client, page, slot):
    pipeline = client.pipeline(transaction=False)
    for number, url, revision in page:
        fields = {"websiteId": number, "url": url, "slot": slot, "revision": revision}
        pipeline.xadd(STREAM, fields, maxlen=100_000_000, approximate=True)
    pipeline.execute()


def constant(count):
    page = [(123456, "https://123456.example.com/health", 1)] * PAGE
    for _ in range(count // PAGE):
        yield page


def stored(count, path):
    database = sqlite3.connect(path)
    last = 0
    while True:
        page = database.execute(
            "SELECT id, url, revision FROM site WHERE id > ? AND removedAt IS NULL ORDER BY id LIMIT ?", (last, PAGE)
        ).fetchall()
        if not page:
            return
        last = page[-1][0]
        yield page


def rate(client, pages, count):
    client.flushall()
    slot = int(time.time() * 1000)
    start = time.perf_counter()
    for page in pages:
        push(client, page, slot)
    return count / (time.perf_counter() - start)


if __name__ == "__main__":
    jobs, path = int(sys.argv[1]), sys.argv[2]
    server = redis.Redis.from_url(os.environ["REDIS_URL"])
    print(json.dumps({"constant": rate(server, constant(jobs), jobs), "stored": rate(server, stored(jobs, path), jobs)}))
