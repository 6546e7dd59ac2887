"""The rows about the two queues: push, claim, intake and deliver, with the embedded engine beside Redis."""

import math
import sqlite3
from contextlib import contextmanager

import peers
from harness import Failure, Figures, Redis, free_port, wait_until
from table import beside, bounded, row

STREAM = "MONITORING_STREAM"
QUEUE = "NOTIFICATION_QUEUE"
# Far beyond what is measured: nothing is to be trimmed, refused or waited for.
ROOMY = ["--set", "stream.maxLength=100000000", "--set", "queue.maxLength=100000000"]


def make_sites(bench, count, interval, *arguments):
    """The path of a new database with sites."""
    path = bench.folder("sites") / "tocsin.db"
    bench.bench("sites", "--database", path, "--count", count, "--interval", interval, *arguments)
    return path


def database_bytes(path):
    """What a SQLite file takes up with what is not yet written back."""
    return sum(file.stat().st_size for file in path.parent.glob(path.name + "*") if not file.name.endswith(".lock"))


# ---- push: sites in SQLite become entries of the stream


def push(bench):
    redis = Redis(bench)
    rows = []
    for size in bench.sizes(100_000, 10_000, 1_000_000):
        # Long enough for a tick to be pushed and looked at, short enough to wait for.
        interval = max(5, size // 40_000)
        path = make_sites(bench, size, interval)
        redis.clear()
        ours = _push_to_redis(bench, redis, path, size)
        reference = Figures(
            [
                _after_clear(redis, lambda: peers.redis_benchmark(bench, redis, size, 200, *_xadd()))
                for _ in range(bench.runs)
            ]
        )
        python = [peers.redis_py(bench, redis, size, path) for _ in range(bench.runs)]
        constant = Figures([value["constant"] for value in python])
        stored = Figures([value["stored"] for value in python])
        rows += [
            beside(ours, "redis-benchmark -c 1 -P 200", reference, 0.9),
            beside(ours, "redis-py, same pipelines", constant, 3),
            beside(ours, "redis-py, that reads the sites too", stored),
        ]
        if size == 1_000_000:
            memory = row("push", "peak memory, sites in one tick", size, [ours.peak], "MB")
            rows.append(bounded(memory, most=100))
        embedded = make_sites(bench, size, interval)
        rows.append(_push_to_sqlite(bench, embedded, size))
    redis.end()
    return rows


def _after_clear(redis, body):
    redis.clear()
    return body()


def _xadd():
    return [
        "XADD", STREAM, "MAXLEN", "~", 100_000_000, "*", "websiteId", "123456", "url",
        "https://123456.example.com/health", "slot", "1700000000000", "revision", "1",
    ]


def _push_to_redis(bench, redis, path, size):
    """Each tick is a run: the server's own times of its first and last entry say how long it took."""
    before = redis.used()
    pusher = bench.serve("pusher", "--database", f"sqlite:{path}", "--broker", redis.url, "--set",
                         "pusher.schedule=burst", *ROOMY)
    rates, cpu, used = [], [], None
    start = "-"
    spent = pusher.cpu()
    for tick in range(1, bench.runs + 1):
        wait_until(lambda: redis("XLEN", STREAM) >= tick * size, f"tick {tick} of {size} sites", 120, of=pusher)
        cpu.append(pusher.cpu() - spent)
        spent = pusher.cpu()
        first = redis("XRANGE", STREAM, start, "+", "COUNT", 1)[0][0]
        last = redis("XREVRANGE", STREAM, "+", "-", "COUNT", 1)[0][0]
        if redis("XLEN", STREAM) != tick * size:
            raise Failure("the next tick came before this one was looked at")
        used = used or redis.used() - before
        # The first page is there when the time begins.
        rates.append((size - 200) / max(_ms(last) - _ms(first), 1) * 1000)
        start = f"({last}"
    peak = pusher.memory()
    bench.end(pusher)
    return row("push", "sites in SQLite to entries in Redis", size, rates, "sites/s", cpu, [peak], used / size)


def _ms(identifier):
    return int(identifier.split("-")[0])


def _push_to_sqlite(bench, path, size):
    before = database_bytes(path)
    pusher = bench.start([bench.build / "Bench", "push", "--database", path], "push")
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    rates, cpu = [], []
    spent = pusher.cpu()
    for tick in range(1, bench.runs + 1):

        def pushed():
            return (database.execute("SELECT max(id) FROM job").fetchone()[0] or 0) >= tick * size

        wait_until(pushed, f"tick {tick} of {size} sites", 600, of=pusher)
        cpu.append(pusher.cpu() - spent)
        spent = pusher.cpu()
        first, last = database.execute(
            "SELECT min(addedAt), max(addedAt) FROM job WHERE id > ? AND id <= ?", ((tick - 1) * size, tick * size)
        ).fetchone()
        rates.append((size - 200) / max(last - first, 1) * 1000)
    database.close()
    peak = pusher.memory()
    bench.end(pusher)
    bytes_each = (database_bytes(path) - before) / size / bench.runs
    return row("push", "sites in SQLite to jobs in it (embedded)", size, rates, "sites/s", cpu, [peak], bytes_each)


# ---- claim: jobs are taken, acknowledged and deleted


def claim(bench):
    redis = Redis(bench)
    rows = []
    for size in bench.sizes(100_000, 10_000, 1_000_000):
        rows.append(
            beside(
                _claim(bench, size, "claim, acknowledge, delete in Redis", redis),
                "redis-benchmark, same commands",
                Figures([_claim_reference(bench, redis, size) for _ in range(bench.runs)]),
                0.7,
            )
        )
        rows.append(_claim(bench, size, "claim and delete in SQLite (embedded)"))
    redis.end()
    return rows


def _claim(bench, size, what, redis=None):
    rates, cpu, peaks = [], [], []
    for _ in range(bench.runs):
        engine = ["--database", bench.folder("jobs") / "tocsin.db"]
        if redis:
            redis.clear()
            engine += ["--redis", redis.url]
        bench.bench("fill-jobs", *engine, "--count", size)
        finished = bench.bench("jobs", *engine, "--count", size)
        figures = finished.json()
        rates.append(figures["count"] / figures["seconds"])
        cpu.append(figures["cpu"])
        peaks.append(finished.peak)
    return row("claim", what, size, rates, "jobs/s", cpu, peaks)


def _claim_reference(bench, redis, size):
    """XREADGROUP of 256 at a time, then XACK and XDEL of each: the time of all three together.

    Ids are drawn, so that some are met twice and cost less: that is in the favour of the reference.
    """
    redis.clear()
    fields = ["websiteId", "123456", "url", "https://123456.example.com/health", "slot", "1700000000000", "revision", "1"]
    redis.fill(["XADD", STREAM, f"1-{number}", *fields] for number in range(1, size + 1))
    redis("XGROUP", "CREATE", STREAM, "monitors", "0")
    reads = math.ceil(size / 256)
    read = peers.redis_benchmark(
        bench, redis, reads, 1, "XREADGROUP", "GROUP", "monitors", "bench", "COUNT", 256, "STREAMS", STREAM, ">"
    )
    ack = peers.redis_benchmark(
        bench, redis, size, 256, "XACK", STREAM, "monitors", "1-__rand_int__", keyspace=size
    )
    delete = peers.redis_benchmark(bench, redis, size, 256, "XDEL", STREAM, "1-__rand_int__", keyspace=size)
    return size / (reads / read + size / ack + size / delete)


# ---- intake: POST /v1/events


@contextmanager
def api(bench, *arguments, roles="api"):
    """A server with the API, its port and its first token."""
    port = free_port()
    path = bench.folder("api") / "tocsin.db"
    process = bench.serve(
        roles, "--database", f"sqlite:{path}", "--listen", f"127.0.0.1:{port}", *ROOMY, *arguments
    )
    token = process.line("token: ").split()[-1]
    try:
        yield process, port, token
    finally:
        bench.end(process)


def intake(bench):
    redis = Redis(bench)
    seconds = 2 if bench.quick else 10
    unread = _unread(bench, seconds)
    python = _fastapi(bench, redis, seconds)
    rows = []
    for depth in bench.sizes(10_000, 100_000, 1_000_000):
        redis.clear()
        before = redis.used()
        _fill_list(redis, depth)
        bytes_each = (redis.used() - before) / depth
        with api(bench, "--broker", redis.url) as (process, port, token):
            ours = _post(bench, process, port, token, seconds, "events of 1 KB into Redis, behind others", depth)
            ours.bytes_each = bytes_each
            rows += [
                beside(ours, "same server, body unread", unread, 0.7),
                beside(ours, "FastAPI, uvicorn, redis-py", python, 5),
            ]
            rows.append(_half(bench, ours.ours, port, token, seconds, depth))
    # The program takes all roles where the queue is embedded: it ends the events, which no channel wants, beside.
    with api(bench, "--set", "channels.console=false", roles="pusher,monitor,api,notifier") as (process, port, token):
        rows.append(_post(bench, process, port, token, seconds, "events of 1 KB into SQLite (embedded)", None))
    redis.end()
    return rows


def _fill_list(redis, count):
    text = "x" * 900
    redis.fill(
        ["RPUSH", QUEUE, *[f'{{"id":"b{start + i}","type":"bench.event","data":{{"text":"{text}"}}}}' for i in range(100)]]
        for start in range(0, count, 100)
    )


def _post(bench, process, port, token, seconds, what, size):
    peers.post_events(bench, port, 1, token)
    rates, cpu = [], []
    for _ in range(bench.runs):
        spent = process.cpu()
        rates.append(peers.post_events(bench, port, seconds, token))
        cpu.append(process.cpu() - spent)
    return row("intake", what, size, rates, "events/s", cpu, [process.memory()])


def _half(bench, most, port, token, seconds, depth):
    """The latency at half of what it can take, from the moment at which each event was due."""
    values = []
    for _ in range(bench.runs):
        figures = bench.bench(
            "load", "--port", port, "--token", token, "--rate", most / 2, "--seconds", seconds
        ).json()
        if figures["refused"]:
            raise Failure(f"{figures['refused']} events were refused at half of the greatest rate")
        values.append(figures["latency"]["p99"])
    return bounded(row("intake", "p99 at half of that", depth, values, "ms"), most=10)


def _unread(bench, seconds):
    server = bench.start([bench.build / "Bench", "unread"], "unread")
    port = server.json()["port"]
    peers.post_events(bench, port, 1)
    figures = Figures([peers.post_events(bench, port, seconds) for _ in range(bench.runs)])
    bench.end(server)
    return figures


def _fastapi(bench, redis, seconds):
    redis.clear()
    server, port = peers.fastapi(bench, redis)
    peers.post_events(bench, port, 1)
    figures = Figures([peers.post_events(bench, port, seconds) for _ in range(bench.runs)])
    bench.end(server)
    return figures


# ---- deliver: from the list to completed, through a channel that does nothing


def deliver(bench):
    redis = Redis(bench)
    rows = []
    theirs = peers.queues(bench, redis, 2_000 if bench.quick else 20_000, 3 if bench.quick else 15)
    for size in bench.sizes(10_000, 100_000, 1_000_000):
        ours = _deliver(bench, size, "events from the list to completed, no-op channel", redis)
        rows += [beside(ours, name, figures, 20) for name, figures in theirs.items()]
        rows.append(_deliver(bench, size, "the same in SQLite (embedded)"))
    redis.end()
    return rows


def _deliver(bench, size, what, redis=None):
    rates, cpu, peaks, kept = [], [], [], []
    for _ in range(bench.runs):
        path = bench.folder("deliver") / "tocsin.db"
        engine = ["--database", path]
        if redis:
            redis.clear()
            before = redis.used()
            engine += ["--redis", redis.url]
            bench.bench("fill-events", *engine, "--count", size)
            kept.append((redis.used() - before) / size)
        else:
            bench.bench("fill-events", *engine, "--count", size)
            kept.append(database_bytes(path) / size)
        finished = bench.bench("deliver", *engine, "--count", size)
        figures = finished.json()
        rates.append(size / figures["seconds"])
        cpu.append(figures["cpu"])
        peaks.append(finished.peak)
    return row("deliver", what, size, rates, "events/s", cpu, peaks, Figures(kept).median)
