"""The rows of the table, and how they are printed."""

import math
from dataclasses import asdict, dataclass

from harness import Figures


@dataclass
class Row:
    part: str
    what: str
    # How many sites, jobs or events; nothing where it does not matter.
    size: int | None
    ours: float
    unit: str
    spread: float | None = None
    peer: str = ""
    theirs: float | None = None
    target: str = ""
    holds: bool | None = None
    cpu: float | None = None
    # Megabytes.
    peak: float | None = None
    # Bytes in Redis or in the database for each of `size`.
    bytes_each: float | None = None

    @property
    def ratio(self):
        return self.ours / self.theirs if self.theirs else None

    def as_json(self):
        return asdict(self) | {"ratio": self.ratio}


def row(part, what, size, figures, unit, cpu=None, peak=None, bytes_each=None):
    """A row of our own figure, the median of its runs."""
    figures = figures if isinstance(figures, Figures) else Figures(figures)
    return Row(
        part, what, size, figures.median, unit, figures.spread,
        cpu=Figures(cpu).median if cpu else None,
        peak=max(peak) / 1e6 if peak else None,
        bytes_each=bytes_each,
    )


def beside(base, peer, theirs, at_least=None):
    """The row of the same figure beside a peer's, which it has to be so many times."""
    theirs = theirs.median if isinstance(theirs, Figures) else theirs
    other = Row(**(asdict(base) | {"peer": peer, "theirs": theirs}))
    if at_least is not None:
        other.target, other.holds = f"≥ {at_least:g}×", base.ours >= at_least * theirs
    return other


def bounded(base, most=None, least=None):
    """The row with a bound on the figure itself."""
    if most is not None:
        base.target, base.holds = f"≤ {number(most)} {base.unit}", base.ours <= most
    else:
        base.target, base.holds = f"≥ {number(least)} {base.unit}", base.ours >= least
    return base


def number(value):
    """A figure for people: three digits, or whole thousands."""
    if value is None:
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


COLUMNS = ["part", "what", "size", "ours", "spread", "peer", "theirs", "ratio", "target", "holds", "CPU s", "peak MB"]


def cells(entry):
    return [
        entry.part,
        entry.what,
        f"{entry.size:,}" if entry.size is not None else "",
        f"{number(entry.ours)} {entry.unit}",
        f"{entry.spread:.0%}" if entry.spread is not None else "",
        entry.peer,
        number(entry.theirs),
        f"{entry.ratio:.2f}×" if entry.ratio else "",
        entry.target,
        "" if entry.holds is None else ("yes" if entry.holds else "NO"),
        number(entry.cpu),
        number(entry.peak),
    ]


def as_text(rows):
    lines = [COLUMNS] + [cells(entry) for entry in rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(COLUMNS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def as_markdown(rows):
    lines = [COLUMNS, ["---"] * len(COLUMNS)] + [cells(entry) for entry in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def growth(rows):
    """How each figure of several sizes grows with the size, one line each."""
    series = {}
    for entry in rows:
        if entry.size:
            series.setdefault((entry.part, entry.what, entry.unit), {})[entry.size] = entry
    lines = []
    for (part, what, unit), sizes in series.items():
        if len(sizes) < 2:
            continue
        first, last = sizes[min(sizes)], sizes[max(sizes)]
        if not first.ours or not last.ours:
            continue
        line = f"{part}, {what}: from {first.size:,} to {last.size:,} "
        if part == "intake":
            line += f"waiting events it goes from {number(first.ours)} to {number(last.ours)} {unit}"
        elif "/" in unit:
            # The whole time goes with size / rate.
            power = 1 + math.log(first.ours / last.ours) / math.log(last.size / first.size)
            line += f"the rate goes from {number(first.ours)} to {number(last.ours)} {unit}, so the time with n^{power:.2f}"
        else:
            power = math.log(last.ours / first.ours) / math.log(last.size / first.size)
            line += f"it goes from {number(first.ours)} to {number(last.ours)} {unit}: with n^{power:.2f}"
        if first.peak and last.peak:
            line += f"; peak memory from {number(first.peak)} to {number(last.peak)} MB"
        if last.bytes_each:
            line += f"; {number(last.bytes_each)} MB for a million are kept"
        lines.append(line)
    return lines
