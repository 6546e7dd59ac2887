"""Instructions of single steps, counted by callgrind: the same on every run, whatever else the machine does."""

import json
import re
from pathlib import Path

from harness import Failure
from table import row

THRESHOLDS = Path(__file__).parent / "thresholds.json"
# The difference leaves out what is done once: the start, caches, the growth of buffers.
FEW, MANY = 20, 220
TOLERANCE = 0.10


def micro(bench):
    """A row for each step, with the threshold that it must not be off by more than a tenth."""
    thresholds = json.loads(THRESHOLDS.read_text())
    rows = []
    for step, expected in thresholds.items():
        entry = row("micro", step, None, [count(bench, step)], "instructions")
        entry.target = f"{expected:,} ± {TOLERANCE:.0%}"
        entry.holds = abs(entry.ours - expected) <= TOLERANCE * expected
        rows.append(entry)
    return rows


def count(bench, step):
    """Instructions of one such step."""
    return (_instructions(bench, step, MANY) - _instructions(bench, step, FEW)) / (MANY - FEW)


def _instructions(bench, step, times):
    program = bench.build / "MicroBenchmarks"
    folder = bench.folder("callgrind")
    bench.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program, step, times], folder=folder
    )
    total = re.search(r"^(?:summary|totals): (\d+)", (folder / "out").read_text(errors="replace"), re.MULTILINE)
    if not total:
        raise Failure(f"callgrind counted nothing of {step}")
    return int(total[1])
