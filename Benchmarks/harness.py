"""Starts servers and programs for the benchmarks, measures them, and ends them, whatever happens."""

import itertools
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "Benchmarks" / "Peers"
TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """A benchmark can't be run, or did not do what it was to do; says why in a sentence."""


def free_port():
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(condition, what, limit=60, pause=0.005, of=None):
    """Waits until a condition gives something true, and returns that; fails where the process that is to do it ends."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if of:
            of.check()
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not come about within {limit} s")
        time.sleep(pause)


def is_open(port):
    """Whether somebody listens on a port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def get_json(url, method="GET"):
    """The JSON that a URL answers; nothing where it is empty."""
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as answer:
        body = answer.read()
    return json.loads(body) if body else None


class Figures:
    """Values of several runs."""

    def __init__(self, values):
        self.values = list(values)

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def spread(self):
        """The range of the values as a share of their median; nothing of a single value."""
        if len(self.values) < 2 or not self.median:
            return None
        return (max(self.values) - min(self.values)) / self.median


class Process:
    """A program with all processes that it starts, which are a session of their own."""

    def __init__(self, arguments, folder, name, environment=None):
        self.name = name
        self.output_path = Path(folder) / f"{name}.out"
        self.errors_path = Path(folder) / f"{name}.err"
        # Debian keeps servers where the PATH of a user does not lead.
        variables = {"PATH": os.environ["PATH"] + ":/usr/sbin", "HOME": str(folder), "TMPDIR": str(folder)}
        with open(self.output_path, "wb") as output, open(self.errors_path, "wb") as errors:
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments],
                cwd=folder,
                env=variables | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        self.pid = self.process.pid

    def lines(self):
        return self.output_path.read_text(errors="replace").splitlines()

    def check(self):
        """Fails where it has ended."""
        if self.process.poll() is not None:
            tail = self.errors_path.read_text(errors="replace")[-2000:] + "\n".join(self.lines()[-5:])
            raise Failure(f"{self.name} ended with status {self.process.returncode}: {tail}")

    def line(self, text, limit=60):
        """Waits for a line of its output that holds a text."""

        def find():
            # What it wrote before it ended counts.
            found = next((line for line in self.lines() if text in line), None)
            if found is None:
                self.check()
            return found

        return wait_until(find, f"`{text}` of {self.name}", limit)

    def json(self, limit=60):
        """The first line of its output, which is JSON."""
        return json.loads(self.line("{", limit))

    def _pids(self):
        pids = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                fields = _stat(entry)
                if fields and int(fields[3]) == self.pid:
                    pids.append((entry, fields))
        return pids

    def cpu(self):
        """Seconds of processor time of all its processes, those included that it has waited for."""
        return sum(sum(int(field) for field in fields[11:15]) for _, fields in self._pids()) / TICKS

    def memory(self, name="VmHWM"):
        """A figure of /proc/PID/status in bytes, summed over its processes."""
        total = 0
        for pid, _ in self._pids():
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            for line in status.splitlines():
                if line.startswith(name + ":"):
                    total += int(line.split()[1]) * 1024
        return total

    def end(self):
        """Asks it to end, and makes it."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None or self._pids():
                try:
                    os.killpg(self.pid, sign)
                except ProcessLookupError:
                    pass
                deadline = time.monotonic() + 15
                while (self.process.poll() is None or self._pids()) and time.monotonic() < deadline:
                    time.sleep(0.02)
        self.process.wait()


def _stat(pid):
    """The fields of /proc/PID/stat behind the name of the program."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    # A zombie has used what it has used, and is told of by who waits for it.
    return None if fields[0] == "Z" else fields


class Finished:
    """What a program that ended by itself has printed and used."""

    def __init__(self, output, cpu, peak):
        self.output = output
        self.cpu = cpu
        self.peak = peak

    def json(self):
        return json.loads([line for line in self.output.splitlines() if line.startswith("{")][-1])


class Redis:
    """A Redis server, and just enough of a client to look into it."""

    def __init__(self, bench):
        self.bench = bench
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        folder = bench.folder(f"redis-{self.port}")
        self.process = bench.start(
            ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", folder, "--save", "",
             "--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0"],
            f"redis-{self.port}",
        )
        wait_until(lambda: is_open(self.port), "redis-server")
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.file = self.socket.makefile("rb")

    def __call__(self, *words):
        self.send([words])
        return self.reply()

    def send(self, commands):
        """Sends commands whose replies are read with `reply`."""
        parts = []
        for words in commands:
            parts.append(b"*%d\r\n" % len(words))
            for word in words:
                data = word if isinstance(word, bytes) else str(word).encode()
                parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self.socket.sendall(b"".join(parts))

    def reply(self):
        line = self.file.readline()[:-2]
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise Failure(f"Redis: {rest.decode()}")
        if kind == b":":
            return int(rest)
        if kind == b"$":
            if int(rest) < 0:
                return None
            return self.file.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.reply() for _ in range(max(int(rest), 0))]
        return rest.decode()

    def fill(self, commands, at_a_time=1_000):
        """Sends many commands, some at a time."""
        batch = []
        for command in commands:
            batch.append(command)
            if len(batch) == at_a_time:
                self._drain(batch)
                batch = []
        self._drain(batch)

    def _drain(self, batch):
        self.send(batch)
        for _ in batch:
            self.reply()

    def clear(self):
        """Empties it, and its append-only file."""
        self("FLUSHALL")
        self("FUNCTION", "FLUSH")
        self("BGREWRITEAOF")
        wait_until(lambda: "aof_rewrite_in_progress:0" in self("INFO", "persistence"), "an empty append-only file")

    def used(self):
        """Bytes that its data take up."""
        info = self("INFO", "memory")
        return int(next(line for line in info.splitlines() if line.startswith("used_memory:")).split(":")[1])

    def end(self):
        self.socket.close()
        self.bench.end(self.process)


class Bench:
    """One run of the benchmarks: its folders and processes, all gone at its end."""

    def __init__(self, build, quick, runs):
        self.build = Path(build).resolve()
        self.quick = quick
        self.runs = runs
        for program in ("tocsin", "Bench", "MicroBenchmarks"):
            if not (self.build / program).exists():
                raise Failure(f"{self.build / program} is not built; run `make bench`, or name a build with --build.")
        self.root = Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
        self.processes = []
        self.numbers = itertools.count(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end_all()
        shutil.rmtree(self.root, ignore_errors=True)

    def folder(self, name="work"):
        """A new folder."""
        path = self.root / f"{next(self.numbers)}-{name}"
        path.mkdir()
        return path

    def sizes(self, *sizes):
        """The sizes that a row is measured at: all of them, or the first alone where it has to be quick."""
        return sizes[:1] if self.quick else sorted(sizes)

    def start(self, arguments, name, environment=None, folder=None):
        """Starts a program, which ends with the run at the latest."""
        process = Process(arguments, folder or self.folder(name), name, environment)
        self.processes.append(process)
        return process

    def end(self, *processes):
        for process in processes:
            process.end()
            if process in self.processes:
                self.processes.remove(process)

    def end_all(self):
        """Ends what is left, the newest first."""
        self.end(*reversed(self.processes))

    def run(self, arguments, environment=None, folder=None, limit=1_800):
        """Runs a program to its end."""
        name = Path(str(arguments[0])).name
        process = self.start(arguments, f"{name}-run", environment, folder)
        deadline = time.monotonic() + limit
        try:
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() > deadline:
                    raise Failure(f"{name} did not end within {limit} s")
                time.sleep(0.002)
            process.process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            self.end(process)
        output = process.output_path.read_text(errors="replace")
        if process.process.returncode != 0:
            raise Failure(
                f"{name} failed with status {process.process.returncode}: "
                + process.errors_path.read_text(errors="replace")[-2000:] + output[-500:]
            )
        return Finished(output, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)

    def bench(self, *arguments):
        """Runs a command of `Bench` to its end."""
        return self.run([self.build / "Bench", *arguments])

    def serve(self, roles, *arguments, folder=None):
        """Starts `tocsin serve`; its log is only of what is wrong."""
        folder = folder or self.folder("tocsin")
        return self.start(
            [self.build / "tocsin", "serve", "--roles", roles, "--socket", folder / "tocsin.sock", "--set",
             "log.level=error", *arguments],
            f"tocsin-{roles.replace(',', '-')}",
            folder=folder,
        )

    def python(self, peer):
        """The interpreter of a peer's virtual environment."""
        path = ROOT / ".venv-bench" / peer / "bin" / "python"
        if not path.exists():
            raise Failure(f"{path} is missing; run `scripts/dependencies bench`.")
        return path
