"""Measures Tocsin beside what people would use instead, in one run on one machine.

python3 Benchmarks/bench.py [--quick] [--only PART]… [--runs N] [--build FOLDER] [--json FILE] [--markdown]
"""

import argparse
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import micro
import rows
import table
import users
from harness import PEERS, ROOT, Bench, Failure

PARTS = {
    "push": rows.push,
    "claim": rows.claim,
    "check": users.check,
    "intake": rows.intake,
    "deliver": rows.deliver,
    "webhooks": users.webhooks,
    "alert": users.alert,
    "store": users.store,
    "start": users.start,
    "micro": micro.micro,
}


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the first size of each row, once: under three minutes")
    parser.add_argument("--only", action="append", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--runs", type=int, help="runs of each figure (3, or 1 with --quick)")
    parser.add_argument("--build", default=ROOT / ".build-release" / "release", help="where the programs are built")
    parser.add_argument("--json", default=ROOT / ".build-release" / "bench.json", help="where the figures are written")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    return parser.parse_args()


def first_line(*command):
    """The first line that a command prints, wherever; nothing where it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except OSError:
        return ""
    return next(iter((done.stdout + done.stderr).splitlines()), "")


def environment():
    """What the figures depend on."""
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    python = {}
    for requirements in sorted(PEERS.glob("*/requirements.txt")):
        python[requirements.parent.name] = requirements.read_text().split()
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": first_line("git", "describe", "--always", "--dirty"),
        "cpu": cpu[1] if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "memoryGB": round(int(memory[1]) / 1e6, 1) if memory else None,
        "kernel": platform.release(),
        "swift": first_line("swift", "--version"),
        "python": platform.python_version(),
        "redis": first_line("redis-server", "--version"),
        "nginx": first_line("nginx", "-v"),
        "wrk": first_line("wrk", "-v"),
        "blackbox_exporter": first_line("prometheus-blackbox-exporter", "--version"),
        "valgrind": first_line("valgrind", "--version"),
        "peers": python,
    }


def main():
    chosen = options()
    facts = environment()
    facts["load"] = os.getloadavg()[0]
    results, failures = [], []
    begun = time.monotonic()
    with Bench(chosen.build, chosen.quick, chosen.runs or (1 if chosen.quick else 3)) as bench:
        for name in chosen.only or PARTS:
            started = time.monotonic()
            print(f"{name} …", end=" ", file=sys.stderr, flush=True)
            try:
                results += PARTS[name](bench)
                print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
            except Failure as failure:
                # The others may well be measured.
                failures.append(f"{name}: {failure}")
                print("failed", file=sys.stderr)
            finally:
                bench.end_all()
    facts["seconds"] = round(time.monotonic() - begun)
    report(chosen, facts, results, failures)
    if failures:
        sys.exit("\n".join(failures))


def report(chosen, facts, results, failures):
    document = {"environment": facts, "failures": failures, "rows": [entry.as_json() for entry in results]}
    Path(chosen.json).write_text(json.dumps(document, indent=1) + "\n")
    machine = (
        f"{facts['cpu']}, {facts['cores']} cores, {facts['memoryGB']} GB, Linux {facts['kernel']}; {facts['date']}, "
        f"commit {facts['commit']}; load before the start {facts['load']:.1f}; {facts['seconds']} s"
    )
    if chosen.markdown:
        print(f"{machine}\n\n{table.as_markdown(results)}\n")
        print("\n".join(f"- {line}" for line in table.growth(results)))
    else:
        print(f"{machine}\n\n{table.as_text(results)}\n")
        print("\n".join(table.growth(results)))
    print(f"\nWritten to {chosen.json}", file=sys.stderr)


if __name__ == "__main__":
    # So that everything is ended then, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except (Failure, KeyboardInterrupt) as problem:
        sys.exit(f"{problem}" or "interrupted")
