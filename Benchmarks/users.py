"""The rows about what users notice: checks, webhooks, alerts, history and the start."""

import os
import random
import sqlite3
import time
from contextlib import contextmanager

import peers
from harness import Failure, Figures, Redis, free_port, get_json, is_open, wait_until
from rows import ROOMY, STREAM, database_bytes, make_sites
from table import beside, bounded, row


@contextmanager
def nginx(bench):
    """A website that answers 200, or 503 where a file of the path's name lies in `down`."""
    folder = bench.folder("nginx")
    (folder / "down").mkdir()
    port = free_port()
    # Nobody else can look into our folder.
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"""
        {user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
        events {{ worker_connections 4096; }}
        http {{
            access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
            fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
            server {{
                listen 127.0.0.1:{port} backlog=4096;
                location / {{ return 200 "ok"; }}
                location /site/ {{ root {folder}; if (-f {folder}/down$uri) {{ return 503; }} return 200 "ok"; }}
            }}
        }}
        """
    )
    (folder / "down" / "site").mkdir()
    process = bench.start(["nginx", "-p", folder, "-c", folder / "nginx.conf"], "nginx", folder=folder)
    wait_until(lambda: is_open(port) or process.check(), "nginx")
    try:
        yield port, folder / "down" / "site"
    finally:
        bench.end(process)


# ---- check: a fresh connection to a local website, queued, stored and acknowledged


def check(bench):
    redis = Redis(bench)
    rows = []
    seconds = 2 if bench.quick else 10
    with nginx(bench) as (port, _):
        url = f"http://127.0.0.1:{port}/"
        closing = Figures(
            [
                peers.wrk(bench, url, seconds, connections=64, headers=["Connection: close"])
                for _ in range(bench.runs)
            ]
        )
        exporter, exporter_each = _blackbox(bench, url, seconds)
        for size in bench.sizes(10_000, 1_000, 100_000):
            ours, each = _check(bench, redis, url, size)
            rows += [
                beside(ours, "wrk, Connection: close", closing, 0.6),
                beside(ours, "blackbox_exporter", exporter),
                beside(each, "blackbox_exporter", exporter_each, 3),
            ]
    redis.end()
    return rows


def _check(bench, redis, url, size):
    # So long that no job is too old to be checked.
    path = make_sites(bench, size, 86_400, "--url", url + "{n}")
    before = database_bytes(path)
    rates, each, cpu, peaks = [], [], [], []
    for _ in range(bench.runs):
        redis.clear()
        bench.bench("fill-jobs", "--redis", redis.url, "--database", path, "--count", size, "--url", url + "{n}")
        monitor = bench.serve("monitor", "--database", f"sqlite:{path}", "--broker", redis.url, *ROOMY)

        def recorded():
            return int(redis("HGET", "{" + STREAM + "}:ends", "result") or 0)

        first = wait_until(recorded, "the first result", of=monitor)
        start, spent = time.monotonic(), monitor.cpu()
        wait_until(lambda: recorded() >= size, f"{size} results", 900, of=monitor)
        rates.append((size - first) / (time.monotonic() - start))
        cpu.append(monitor.cpu() - spent)
        each.append((size - first) / cpu[-1])
        peaks.append(monitor.memory())
        bench.end(monitor)
    bytes_each = (database_bytes(path) - before) / size / bench.runs
    return (
        row("check", "fresh connection, queued, stored, acknowledged", size, rates, "checks/s", cpu, peaks, bytes_each),
        row("check", "the same by processor time of ours", size, each, "checks/CPU s"),
    )


def _blackbox(bench, url, seconds):
    folder = bench.folder("blackbox")
    (folder / "blackbox.yml").write_text("modules: {http_2xx: {prober: http}}\n")
    port = free_port()
    process = bench.start(
        ["prometheus-blackbox-exporter", f"--config.file={folder}/blackbox.yml",
         f"--web.listen-address=127.0.0.1:{port}"],
        "blackbox",
    )
    wait_until(lambda: is_open(port), "blackbox_exporter")
    probe = f"http://127.0.0.1:{port}/probe?module=http_2xx&target={url}"
    peers.wrk(bench, probe, 1)
    rates, each = [], []
    for _ in range(bench.runs):
        spent = process.cpu()
        start = time.monotonic()
        rate = peers.wrk(bench, probe, seconds)
        rates.append(rate)
        each.append(rate * (time.monotonic() - start) / (process.cpu() - spent))
    bench.end(process)
    return Figures(rates), Figures(each)


# ---- webhooks: signed, to a receiver on this machine


@contextmanager
def receiver(bench):
    process = bench.start([bench.build / "Bench", "receive"], "receive")
    try:
        yield f"http://127.0.0.1:{process.json()['port']}"
    finally:
        bench.end(process)


def webhooks(bench):
    redis = Redis(bench)
    rows = []
    with receiver(bench) as hook:
        for size in bench.sizes(10_000, 1_000, 100_000):
            rows.append(_webhook_rate(bench, redis, hook, size))
        redis.clear()
        rows += _webhook_latencies(bench, redis, hook)
    redis.end()
    return rows


def _notifier(bench, redis, hook, path):
    """A server that takes events and sends them to the receiver, and its port."""
    port = free_port()
    process = bench.serve(
        "api,notifier", "--database", f"sqlite:{path}", "--broker", redis.url, "--listen", f"127.0.0.1:{port}",
        "--webhook", f"{hook}/hook", "--set", "channels.console=false", *ROOMY,
    )
    return process, port


def _webhook_rate(bench, redis, hook, size):
    redis.clear()
    path = bench.folder("notifier") / "tocsin.db"
    # The first start makes the channel: without it events would go nowhere.
    process, _ = _notifier(bench, redis, hook, path)
    process.line("token: ")
    bench.end(process)
    each, cpu, peaks = [], [], []
    for _ in range(bench.runs):
        redis.clear()
        get_json(hook + "/reset", "POST")
        bench.bench("fill-events", "--redis", redis.url, "--database", path, "--count", size)
        process, _ = _notifier(bench, redis, hook, path)
        first = wait_until(lambda: get_json(hook)["count"], "the first webhook", pause=0.02, of=process)
        spent = process.cpu()
        wait_until(lambda: get_json(hook)["count"] >= size, f"{size} webhooks", 900, pause=0.02, of=process)
        cpu.append(process.cpu() - spent)
        each.append((size - first) / cpu[-1])
        peaks.append(process.memory())
        bench.end(process)
    rate = row("webhooks", "signed, to a local receiver", size, each, "webhooks/CPU s", cpu, peaks)
    return bounded(rate, least=8_000)


def _webhook_latencies(bench, redis, hook):
    process, port = _notifier(bench, redis, hook, bench.folder("notifier") / "tocsin.db")
    token = process.line("token: ").split()[-1]
    rows = []
    for rate, most, seconds in ((1_000, 25, 5 if bench.quick else 20), (10, 5, 5 if bench.quick else 20)):
        values = []
        for _ in range(bench.runs):
            get_json(hook + "/reset", "POST")
            sent = bench.bench(
                "load", "--port", port, "--token", token, "--rate", rate, "--seconds", seconds, "--bytes", 256,
                "--connections", min(rate, 32),
            ).json()
            if sent["refused"]:
                raise Failure(f"{sent['refused']} events were refused at {rate} a second")
            wait_until(lambda: get_json(hook)["count"] >= sent["sent"], "the last webhook", 60, pause=0.02)
            values.append(get_json(hook)["latency"]["p99"])
        what = f"p99 from due to received, {rate:,} a second" + (" (idle)" if rate == 10 else "")
        rows.append(bounded(row("webhooks", what, None, values, "ms"), most=most))
    bench.end(process)
    return rows


# ---- alert: from the fall of a site to the webhook


def alert(bench):
    interval = 5 if bench.quick else 10
    rows = []
    with nginx(bench) as (port, down), receiver(bench) as hook:
        for size in bench.sizes(10_000, 100, 1_000):
            values, cpu, peaks = [], [], []
            for _ in range(bench.runs):
                late, used, peak = _alert(bench, port, down, hook, size, interval)
                values.append(late)
                cpu.append(used)
                peaks.append(peak)
            what = f"p99 from a site's fall to its webhook, each checked every {interval} s"
            rows.append(bounded(row("alert", what, size, values, "s", cpu, peaks), most=interval + 0.25))
    return rows


def _alert(bench, port, down, hook, size, interval):
    """The 99th percentile of falls at moments that are spread over an interval."""
    url = f"http://127.0.0.1:{port}/site/"
    path = make_sites(bench, size, interval, "--url", url + "{n}", "--failures", 1)
    get_json(hook + "/reset", "POST")
    folder = bench.folder("alert")
    process = bench.serve(
        "pusher,monitor,api,notifier", "--database", f"sqlite:{path}", "--listen", f"127.0.0.1:{free_port()}",
        "--webhook", f"{hook}/hook", "--set", "channels.console=false", folder=folder,
    )
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def are_up():
        return database.execute("SELECT count(*) FROM siteState WHERE status = 'up'").fetchone()[0] == size

    wait_until(are_up, f"{size} sites to be up", 120, pause=0.1, of=process)
    spent, started = process.cpu(), time.monotonic()
    fallen = {}
    chosen = random.Random(size).sample(range(1, size + 1), min(size, 300))
    for index, site in enumerate(chosen):
        wait = started + interval * index / len(chosen) - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        (down / str(site)).touch()
        fallen[f"{url}{site}"] = time.time() * 1e6

    def told():
        downs = get_json(hook)["downs"]
        return downs if len(downs) >= len(chosen) else None

    downs = wait_until(told, f"{len(chosen)} alerts", 4 * interval, pause=0.1, of=process)
    used = process.cpu() - spent
    peak = process.memory()
    database.close()
    bench.end(process)
    for site in chosen:
        (down / str(site)).unlink()
    late = sorted((downs[site] - at) / 1e6 for site, at in fallen.items())
    return late[min(int(len(late) * 0.99), len(late) - 1)], used, peak


# ---- store: a year of 1,000 sites


def store(bench):
    rows = []
    for size in bench.sizes(100, 10, 1_000):
        kept, uptime, latency = _year(bench, size, "sites checked each minute for a year")
        noisy, _, _ = _year(bench, size, "the same, durations varying over a factor of ten", "--noisy")
        rows += [bounded(kept, most=2) if size == 1_000 else kept, noisy, bounded(uptime, most=100),
                 bounded(latency, most=100)]
    return rows


def _year(bench, size, what, *arguments):
    """What the history takes up, and the times of the slowest range; the same rows each time, so one run."""
    path = bench.folder("year") / "tocsin.db"
    finished = bench.bench("year", "--database", path, "--sites", size, *arguments)
    ranges = finished.json()["ranges"].values()
    kept = database_bytes(path)

    def slowest(figure):
        return [max(figures[figure]["p99"] for figures in ranges)]

    return (
        row("store", what, size, [kept / 1e9], "GB", [finished.cpu], [finished.peak], kept / size),
        row("store", "uptime over the slowest range of 1 h to 1 y", size, slowest("uptime"), "ms"),
        row("store", "p99 over the slowest range of 1 h to 1 y", size, slowest("latency"), "ms"),
    )


# ---- start


def start(bench):
    rows = []
    with nginx(bench) as (port, _):
        for size in bench.sizes(100, 1_000, 10_000):
            path = make_sites(bench, size, 5 if size < 10_000 else 10, "--url", f"http://127.0.0.1:{port}/{{n}}")
            times = [_answers(bench, path) for _ in range(max(bench.runs, 5))]
            resident, anonymous = _memory(bench, path)
            began = row("start", "from exec to the first answer, sites", size, times, "ms")
            memory = row("start", "resident, watching sites", size, [resident], "MB")
            private = row("start", "anonymous, watching sites", size, [anonymous], "MB")
            rows.append(bounded(began, most=300))
            rows.append(bounded(memory, most=64) if size == 100 else memory)
            rows.append(bounded(private, most=24) if size == 100 else private)
    return rows


def _run(bench, path):
    port = free_port()
    started = time.monotonic()
    process = bench.serve(
        "pusher,monitor,api,notifier", "--database", f"sqlite:{path}", "--listen", f"127.0.0.1:{port}",
        folder=path.parent,
    )
    return process, port, started


def _answers(bench, path):
    process, port, started = _run(bench, path)

    def answered():
        try:
            get_json(f"http://127.0.0.1:{port}/v1/status")
            return True
        except OSError as error:
            # It asks for a token: that is an answer.
            return getattr(error, "code", None) == 401

    wait_until(answered, "an answer", 60, pause=0.001, of=process)
    elapsed = (time.monotonic() - started) * 1000
    bench.end(process)
    return elapsed


def _memory(bench, path):
    """In MB, after some rounds of checks."""
    process, _, _ = _run(bench, path)
    time.sleep(10 if bench.quick else 30)
    process.check()
    figures = process.memory("VmRSS") / 1e6, process.memory("RssAnon") / 1e6
    bench.end(process)
    return figures
