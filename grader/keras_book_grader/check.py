"""A learner's own check of an exercise: what is visible, on any system, unconfined."""

import sys
import textwrap

from tqdm import tqdm

from . import appendix
from .exercise import read_exercise
from .grading import NOT_ANSWERED, PASSED, scores
from .merge import Merged, Step
from .notebook import UnreadableNotebook, without_escapes
from .processes import Limits, ProcessSession
from .run import run_steps

# One warm process serves all exercises: it has imported what they do.
MODULES = ("keras", "numpy", "tensorflow")


def check(path, seconds, hints=0):
    """Run a notebook's cells and checks; print a table; return 0 if all hold.

    hints is how many steps of the hint to the first open question are printed.
    """
    try:
        exercise = read_exercise(path.read_bytes())
    except UnreadableNotebook as problem:
        print(f"{path}: {problem}", file=sys.stderr)
        return 1
    merged = Merged(list(steps_of(exercise)))
    print(f"Checking {path}", file=sys.stderr)
    options = {"unit": "cell", "leave": False, "disable": None}  # no bar in a log
    with tqdm(total=len(merged.steps), **options) as bar:
        bar.set_description("starting TensorFlow")

        def progress(step):
            bar.set_description(step.name)
            bar.update()

        run, rows = run_visible(exercise, merged, seconds, progress=progress)
    tell_of_cells(run)
    code = report(rows)
    if hints:
        print("\n" + hint(exercise, rows, hints))
    return code


def run_visible(exercise, merged, seconds, skip=(), progress=None):
    """Run a notebook in a process of its own; return the run, and its scores."""
    with ProcessSession(MODULES, Limits(seconds, confined=False)) as session:
        run = run_steps(merged, session, skip, progress=progress)
    stopped = {run.culprit: run.reason} if run.culprit else {}
    return run, scores(exercise, merged, run, stopped)


def tell_of_cells(run):
    """Print which of a learner's cells fail, and which ended the process."""
    for (kind, name), error in run.errors.items():
        if error and kind in ("own", "answer"):
            said = without_escapes(": ".join(filter(None, error)))
            print(f"{name} fails: {said}", file=sys.stderr)
    if run.culprit:
        print(f"{run.culprit.name} {run.reason}", file=sys.stderr)


def hint(exercise, rows, count):
    """Return as many steps of the hint to the first open question as are asked for."""
    left = [row.question for row in rows if row.state != PASSED]
    if not left:
        return "No question is open."
    hints = exercise.question(left[0]).hints
    shown = [f"Hint {n} of {len(hints)}: {text}" for n, text in enumerate(hints, 1)]
    if count < len(hints):
        shown[count:] = [f"For the next step: {'--hint ' * (count + 1)}".rstrip()]
    return "\n\n".join(shown or [f"There is no hint to {left[0]}."])


def steps_of(exercise):
    """Yield what is run of a learner's notebook, in order."""
    checks = {c.grade_id: c for c in exercise.checks}
    for place, cell in enumerate(exercise.code):
        name = cell.grade_id
        if name in checks:
            yield Step("checks", cell.source, name, checks[name].question)
        elif cell.is_answer:
            yield Step("answer", cell.source, name, name)
        elif cell.points is None:
            yield Step("own", cell.source, f"code cell {place + 1}")


def report(rows):
    """Print a table of questions and what failed first; return the exit code."""
    width = max([len(row.checks) for row in rows], default=0)
    for row in rows:
        points = f"{row.points:g} of {row.out_of:g}"
        mark = "ok" if row.state == PASSED else "--"
        print(f"{mark}  {row.checks:{width}}  {points:>8}  {row.state}")
    reached, out_of = sum(row.points for row in rows), sum(row.out_of for row in rows)
    print(f"    {'together':{width}}  {reached:g} of {out_of:g}")
    failed = [row for row in rows if row.state != PASSED]
    if failed:
        first = f"The first to mend, {failed[0].question}: {failed[0].sentence}"
        print("\n" + textwrap.fill(first, 76))
        if entry := appendix.line(failed[0].raised):
            print(textwrap.fill(entry, 76))
        for row in failed[1:]:
            if row.state != NOT_ANSWERED:  # the table says so
                print("\n" + textwrap.fill(f"{row.checks}: {row.sentence}", 76))
    elif rows:
        print("\nEvery visible check holds. Grading adds checks on other inputs.")
    else:
        print("\nThe notebook has no checks: is it an exercise of the book?")
    return 0 if rows and not failed else 1
