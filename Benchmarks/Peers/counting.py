"""Counts the jobs that this process has worked, in eight bytes of a file that the harness reads.

So counting costs a peer next to nothing, and asks nothing of its broker.
"""

import mmap
import os
import threading

_lock = threading.Lock()
_view = None


def _open():
    path = os.path.join(os.environ["BENCH_COUNTS"], str(os.getpid()))
    with open(path, "w+b") as file:
        file.write(bytes(8))
        file.flush()
        return memoryview(mmap.mmap(file.fileno(), 8)).cast("Q")


def _forget():
    global _view
    _view = None


# A worker that forks has a file for each of its processes.
os.register_at_fork(after_in_child=_forget)


def count():
    """Counts one job."""
    global _view
    with _lock:
        if _view is None:
            _view = _open()
        _view[0] += 1
