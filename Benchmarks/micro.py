"""Instructions of single steps, counted by callgrind: the same on every run, whatever else the machine does."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import Failure
from table import row

THRESHOLDS = Path(__file__).parent / "thresholds.json"
# The difference leaves out what is done once: the start, caches, the growth of buffers.
FEW, MANY = 8, 88
TOLERANCE = 0.10


def micro(bench):
    """A row for each step, with the threshold that it must not be off by more than a tenth."""
    thresholds = json.loads(THRESHOLDS.read_text())
    program = stripped(bench)
    rows = []
    # What is counted does not depend on what else runs.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = pool.map(lambda step: count(bench, program, step), thresholds)
    for (step, expected), counted in zip(thresholds.items(), counts):
        entry = row("micro", step, None, [counted], "instructions")
        entry.target = f"{expected:,} ± {TOLERANCE:.0%}"
        entry.holds = abs(entry.ours - expected) <= TOLERANCE * expected
        rows.append(entry)
    return rows


def stripped(bench):
    """The program without debugging information, of which older versions of valgrind can't read Swift's."""
    program = bench.folder("micro") / "MicroBenchmarks"
    bench.run(["strip", "--strip-debug", "-o", program, bench.build / "MicroBenchmarks"])
    return program


def count(bench, program, step):
    """Instructions of one such step."""
    return (_instructions(bench, program, step, MANY) - _instructions(bench, program, step, FEW)) / (MANY - FEW)


def _instructions(bench, program, step, times):
    folder = bench.folder("callgrind")
    bench.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program, step, times], folder=folder
    )
    total = re.search(r"^(?:summary|totals): (\d+)", (folder / "out").read_text(errors="replace"), re.MULTILINE)
    if not total:
        raise Failure(f"callgrind counted nothing of {step}")
    return int(total[1])
