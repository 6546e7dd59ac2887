"""What is measured beside Tocsin: the commands that run the peers, and their rates."""

import re
import struct
import time

from harness import PEERS, Failure, Figures, free_port, is_open, wait_until

LUA = """
wrk.method = "POST"
wrk.body = '{"type":"bench.event","data":{"text":"' .. string.rep("x", %d) .. '"}}'
wrk.headers["Content-Type"] = "application/json"
"""


def redis_benchmark(bench, redis, requests, pipeline, *command, keyspace=None):
    """Requests a second of one connection."""
    arguments = ["redis-benchmark", "-p", redis.port, "-c", 1, "-P", pipeline, "-n", requests, "--csv"]
    if keyspace:
        arguments += ["-r", keyspace]
    output = bench.run([*arguments, *command]).output
    # The label, which is the command, is followed by the rate.
    return float(re.search(r'","([0-9.]+)"', output.strip().splitlines()[-1])[1])


def redis_py(bench, redis, jobs, database):
    """The rates of pushing with redis-py: of one site, and of the sites of a database."""
    return bench.run(
        [bench.python("redis-py"), PEERS / "redis-py" / "push.py", jobs, database], {"REDIS_URL": redis.url}
    ).json()


def wrk(bench, url, seconds, connections=32, script=None, headers=()):
    """Requests a second of one thread that asks as fast as it is answered."""
    arguments = ["wrk", "-t", 1, "-c", connections, "-d", f"{seconds}s", "--timeout", "10s"]
    for header in headers:
        arguments += ["-H", header]
    if script:
        path = bench.folder("wrk") / "script.lua"
        path.write_text(script)
        arguments += ["-s", path]
    output = bench.run([*arguments, url]).output
    if "Non-2xx" in output:
        raise Failure(f"not all requests of wrk to {url} were answered 2xx: {output}")
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", output)[1])
    if not rate:
        raise Failure(f"no request of wrk to {url} was answered: {output}")
    return rate


def post_events(bench, port, seconds, token="", size=1024):
    """Events a second that a server takes."""
    headers = [f"Authorization: Bearer {token}"] if token else []
    url = f"http://127.0.0.1:{port}/v1/events"
    return wrk(bench, url, seconds, script=LUA % (size - 46), headers=headers)


def fastapi(bench, redis):
    """FastAPI on both cores."""
    port = free_port()
    process = bench.start(
        [bench.python("fastapi"), "-m", "uvicorn", "app:app", "--port", port, "--workers", 2, "--loop", "uvloop",
         "--http", "httptools", "--no-access-log", "--log-level", "warning"],
        "fastapi",
        {"REDIS_URL": redis.url, "PYTHONPATH": str(PEERS / "fastapi"), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    wait_until(lambda: is_open(port), "uvicorn")
    return process, port


# The queues, each by what its documents advise for throughput on two cores.
QUEUES = {
    "taskiq": [["-m", "taskiq", "worker", "app:broker", "--workers", "2", "--max-async-tasks", "1000", "--no-parse",
                "--log-level", "WARNING"]],
    "dramatiq": [["-m", "dramatiq", "app", "--processes", "2", "--threads", "8"]],
    "arq": [["-m", "arq", "app.WorkerSettings"]] * 2,
    "celery": [["-m", "celery", "-A", "app", "worker", "-c", "2", "-P", "prefork", "--prefetch-multiplier", "128",
                "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING"]],
    "streaq": [["-m", "streaq", "run", "app:worker", "--workers", "2"]],
    "rq": [["-m", "rq.cli", "worker", "--worker-class", "rq.worker.SimpleWorker", "--quiet"]] * 2,
}


def queue(bench, redis, name, jobs, limit):
    """Jobs a second that a queue's workers do, from the first on; at most so many seconds of it."""
    redis.clear()
    counts = bench.folder(f"{name}-counts")
    environment = {
        "REDIS_URL": redis.url,
        "RQ_REDIS_URL": redis.url,
        "BENCH_COUNTS": str(counts),
        "PYTHONPATH": f"{PEERS / name}:{PEERS}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    python = bench.python(name)
    bench.run([python, PEERS / name / "app.py", jobs], environment)
    workers = [
        bench.start([python, *command], f"{name}-worker-{number}", environment)
        for number, command in enumerate(QUEUES[name])
    ]

    def done():
        for worker in workers:
            worker.check()
        return sum(struct.unpack("Q", path.read_bytes() or bytes(8))[0] for path in counts.iterdir())

    try:
        return _rate(done, jobs, limit, name)
    finally:
        bench.end(*workers)


def _rate(done, jobs, limit, name):
    first = wait_until(done, f"the first job of {name}", limit=60, pause=0.002)
    start = time.monotonic()
    while True:
        count, elapsed = done(), time.monotonic() - start
        if count >= jobs or elapsed > limit:
            if count <= first:
                raise Failure(f"{name} did no job within {limit} s after the first")
            return (count - first) / elapsed
        time.sleep(0.005)


def queues(bench, redis, jobs, limit):
    """The rates of all queues."""
    return {
        name: Figures([queue(bench, redis, name, jobs, limit) for _ in range(bench.runs)]) for name in QUEUES
    }
