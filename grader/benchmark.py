"""Compares this grader with `nbgrader autograde` on the same submissions.

    python grader/benchmark.py [--sizes 12,100] [--runs 3] [--stock 12]

Runs both by turns and prints seconds and ratios. What nbgrader needs for more than
--stock submissions is calculated from what it needed for that many: it is linear.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from sample_class import EXERCISE, learners

GRADER = pathlib.Path(__file__).resolve().parent
BOOK = GRADER.parent


def main():
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="12,100")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--stock", type=int, default=12)
    options = parser.parse_args()
    stock_runs = []
    our_runs = {int(size): [] for size in options.sizes.split(",")}
    for _ in range(options.runs):
        stock_runs.append(measure(stock, options.stock))
        for size, runs in our_runs.items():
            runs.append(measure(ours, size))
    print(f"nbgrader autograde, {options.stock} submissions: {spread(stock_runs)}")
    for size, runs in our_runs.items():
        seconds, shares, memory = zip(*runs, strict=True)
        stock_seconds = statistics.median(stock_runs) * size / options.stock
        print(
            f"this grader, {size} submissions: {spread(seconds)}, "
            f"{stock_seconds / statistics.median(seconds):.1f} times as fast, "
            f"{statistics.median(shares):.0%} of the processes' time in cells, "
            f"largest memory of the grader {max(memory):.0f} MB"
        )


def measure(grader, count):
    """Measure a grader in a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        return grader(pathlib.Path(folder), count)


def spread(numbers):
    """Return the median and the range."""
    middle = statistics.median(numbers)
    return f"{middle:.1f} s ({min(numbers):.1f} to {max(numbers):.1f})"


def hand_in(count, submitted):
    """Write honest notebooks: right, wrong and unanswered ones by turns."""
    honest = [content for _, _, content, _ in learners(BOOK)][:12]
    for number in range(count):
        notebook = json.loads(honest[number % 12])
        notebook["metadata"]["learner"] = number
        path = submitted / f"learner{number:04}" / EXERCISE / f"{EXERCISE}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook))


def stock(folder, count):
    """Return the seconds of `nbgrader autograde`."""
    shutil.copytree(BOOK / "solutions" / EXERCISE, folder / "solutions" / EXERCISE)
    shutil.copy(BOOK / "nbgrader_config.py", folder)
    hand_in(count, folder / "submitted")
    # nbgrader starts alembic by name.
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    quiet = {"cwd": folder, "check": True, "capture_output": True}
    quiet["env"] = os.environ | {"PATH": path}
    for command in ("generate_assignment", "autograde"):
        start = time.perf_counter()
        nbgrader = [sys.executable, "-m", "nbgrader", command, EXERCISE]
        subprocess.run(nbgrader, **quiet)
    return time.perf_counter() - start  # of the last command


def ours(folder, count):
    """Return the seconds of this grader, the share in cells, and its memory in MB."""
    hand_in(count, folder / "submitted")
    source = BOOK / "solutions" / EXERCISE / f"{EXERCISE}.ipynb"
    command = [sys.executable, "-m", "keras_book_grader", "grade", str(source)]
    command += [str(folder / "submitted"), "--output", str(folder / "out")]
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    quiet["env"] = os.environ | {"PYTHONPATH": str(GRADER)}
    process = subprocess.Popen([*command, "--allow-root"], **quiet)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    seconds = time.perf_counter() - start
    results = [json.loads(p.read_text()) for p in (folder / "out/results").iterdir()]
    assert len(results) == count
    in_cells = sum(result["seconds_in_cells"] for result in results)
    share = in_cells / sum(result["seconds"] for result in results)
    return seconds, share, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
