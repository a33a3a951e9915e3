"""Where a learner stands: in all exercises, or in one, again after each save."""

import time
from itertools import takewhile

from .check import hint, read_own, report, run_visible, steps_of, tell_of_cells
from .exercise import notebooks
from .grading import PASSED
from .merge import Merged
from .notebook import UnreadableNotebook

SECONDS_BETWEEN_LOOKS = 0.2


def checked(path, seconds, before=None):
    """Check a notebook in a process of its own; return its Check.

    before is the Check of the same notebook as it was: the questions in front of the
    first change keep what they said, and their checks are not run again.
    """
    exercise = read_own(path)
    merged = Merged(list(steps_of(exercise)))
    kept = before.unchanged(merged) if before else set()
    skip = {step for step in merged.of_kind("checks") if step.question in kept}
    check = _run(exercise, merged, skip, seconds)
    lacks_a_name = any(e and e[0] == "NameError" for e in check.run.errors.values())
    if skip and lacks_a_name:  # which a cell of checks had defined
        check, skip = _run(exercise, merged, (), seconds), ()
    if skip:
        old = {row.checks: row for row in before.rows}
        check.rows = [
            old[new.checks] if new.question in kept else new for new in check.rows
        ]
    return check


def _run(exercise, merged, skip, seconds):
    return Check(exercise, merged, *run_visible(exercise, merged, seconds, skip))


class Check:
    """What a run of a notebook said of each cell of checks."""

    def __init__(self, exercise, merged, run, rows):
        self.exercise, self.merged, self.run, self.rows = exercise, merged, run, rows

    def unchanged(self, merged):
        """Return the questions all of whose code, and all above, is as it was."""
        if self.run.stopped:
            return set()
        pairs = zip(self.merged.steps, merged.steps, strict=False)
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        above = {step.question for step in merged.steps[:same] if step.kind == "checks"}
        return above - {step.question for step in merged.steps[same:]}


def overview(root, seconds):
    """Print one table of all exercises of a book; return 0, done or not."""
    paths = notebooks(root, "exercises")
    width = max([len(path.stem) for path in paths], default=0)
    together, out_of, left_out = 0, 0, []
    for path in paths:
        try:
            rows = checked(path, seconds).rows
        except UnreadableNotebook as problem:
            print(f"--  {path.stem:{width}}  {problem}", flush=True)
            left_out.append(path.stem)
            continue
        left = [row for row in rows if row.state != PASSED]
        follows = f"next: {left[0].question}, {left[0].state}" if left else "all hold"
        points, most = sum(r.points for r in rows), sum(r.out_of for r in rows)
        mark, reached = "--" if left else "ok", f"{points:g} of {most:g}"
        print(f"{mark}  {path.stem:{width}}  {reached:>8}  {follows}", flush=True)
        together, out_of = together + points, out_of + most
    without = f", without {' and '.join(left_out)}" if left_out else ""
    print(f"    {'together':{width}}  {together:g} of {out_of:g}{without}")
    return 0


def watch(path, seconds, hints=0):
    """Check a notebook each time it is saved, until the learner interrupts."""
    print(f"Watching {path}: save it to check again, Ctrl+C ends.\n", flush=True)
    before = saved = None
    while True:
        now = path.stat().st_mtime_ns if path.exists() else saved
        if now == saved:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            continue
        saved, started = now, time.perf_counter()
        try:
            check = checked(path, seconds, before)
        except UnreadableNotebook as problem:  # half written, or broken
            print(f"{path}: {problem}", flush=True)
            continue
        tell_of_cells(check.exercise, check.run)
        report(check.exercise, check.rows, check.run, check.merged)
        for line in changes(before.rows if before else [], check.rows):
            print(line)
        if hints:
            print("\n" + hint(check.exercise, check.rows, hints) + "\n")
        took = time.perf_counter() - started
        print(f"{took:.1f} s. Save again, or press Ctrl+C.\n", flush=True)
        before = check


def changes(before, after):
    """Yield a line for each cell of checks that says something else than before."""
    states = {row.checks: row.state for row in before}
    for row in after:
        was = states.get(row.checks, "not there")
        if before and was != row.state:
            yield f"Since last time: {row.checks} was {was}, and is {row.state} now."
