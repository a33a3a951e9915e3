"""A learner's own check of an exercise: what is visible, on any system, unconfined."""

import re
import sys
import textwrap
from collections import Counter
from itertools import takewhile

from tqdm import tqdm

from . import appendix
from .exercise import CHECKS, find_above, read_exercise
from .grading import NOT_ANSWERED, PASSED, STOPPED, Score, scores, sentence_of
from .merge import Merged, Step
from .notebook import UnreadableNotebook
from .processes import Limits, ProcessSession
from .run import run_steps

# One warm process serves all exercises: it has imported what they do.
MODULES = ("keras", "numpy", "tensorflow")
MOST_STOPPED = 3  # cells, each of which may take all its time
LONGEST_LINE = 1500  # characters
MISSING = "missing"
IS_MISSING = (
    "the cell of the answer, or that of its checks, is gone: undo, or copy both from a "
    "fresh notebook, the download on its page"
)


def check(path, seconds, hints=0):
    """Run a notebook's cells and checks; print a table; return 0 if all hold.

    hints is how many steps of the hint to the first open question are printed.
    """
    try:
        exercise = read_own(path)
    except UnreadableNotebook as problem:
        print(f"{path}: {problem}", file=sys.stderr)
        return 1
    merged = Merged(list(steps_of(exercise)))
    limit = f"at most {seconds:g} seconds for each cell"
    print(f"Checking {path}, {limit}", file=sys.stderr, flush=True)
    options = {"unit": "cell", "leave": False, "disable": None}  # no bar in a log
    with tqdm(total=len(merged.steps), **options) as bar:
        bar.set_description("starting TensorFlow")

        def progress(step):
            bar.set_description(step.name)
            bar.update()

        run, rows = run_visible(exercise, merged, seconds, progress=progress)
    tell_of_cells(exercise, run)
    code = report(exercise, rows, run, merged)
    if hints:
        print("\n" + hint(exercise, rows, hints))
    return code


def read_own(path):
    """Return the record of a learner's notebook; UnreadableNotebook if it is none."""
    try:
        exercise = read_exercise(path.read_bytes(), path.stem)
    except UnreadableNotebook as problem:
        before = path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.ipynb"
        if not before.is_file():
            raise
        said = f"{problem}. As Jupyter saved it before: {before}"
        raise UnreadableNotebook(said) from None
    except OSError as error:  # others can be read, and this one perhaps in a moment
        raise UnreadableNotebook(f"can't be read: {error.strerror}") from None
    if not any(cell.points is not None or cell.is_answer for cell in exercise.code):
        raise UnreadableNotebook("it has no checks: is it an exercise of the book?")
    for cell in exercise.code:
        if cell.points is not None and type(cell.points) not in (int, float):
            raise UnreadableNotebook(f"the points of {cell.grade_id} are no number")
    return exercise


def run_visible(exercise, merged, seconds, skip=(), progress=None):
    """Run a notebook in a process of its own; return the run, and its scores.

    What takes the process down is left out of another run, so that the answers below
    are judged, too.
    """
    stopped = {}
    while True:
        out = {*skip, *stopped, *(step.question for step in stopped)} - {None}
        with ProcessSession(MODULES, Limits(seconds, confined=False)) as session:
            run = run_steps(merged, session, out, progress=progress)
        if run.culprit is None or run.culprit in stopped:
            break
        stopped[run.culprit] = run.reason
        if len(stopped) == MOST_STOPPED:
            break
    run.stopped = stopped
    return run, [*missing(exercise), *scores(exercise, merged, run, stopped)]


def of_the_book(exercise):
    """Return the record of the book's own notebook of an exercise, or None."""
    book = find_above("solutions")
    source = book and book / "solutions" / exercise.name / f"{exercise.name}.ipynb"
    return read_exercise(source.read_bytes()) if source and source.is_file() else None


def given_and_gone(exercise):
    """Return the sources of cells of the book, no answers or checks, that are gone."""
    whole = of_the_book(exercise)
    there = {key for cell in exercise.code for key in (cell.id, cell.source.strip())}
    return [
        cell.source.strip()
        for cell in (whole.code if whole else ())
        if cell.grade_id is None and not {cell.id, cell.source.strip()} & there
    ]


def missing(exercise):
    """Return a score for each cell of checks that is gone, or its answer."""
    points = {f"{q.grade_id}_checks": 0 for q in exercise.questions if not q.checks}
    for cell in exercise.cells:
        if cell.points is not None and CHECKS.fullmatch(cell.grade_id or ""):
            points[cell.grade_id] = cell.points
    if whole := of_the_book(exercise):  # where both are gone, only the book knows
        points |= {checks.grade_id: checks.points for checks in whole.checks}
    there = {checks.grade_id for checks in exercise.checks}
    return [
        Score(name, CHECKS.fullmatch(name)[1], 0, out_of, MISSING, IS_MISSING)
        for name, out_of in points.items()
        if name not in there
    ]


def tell_of_cells(exercise, run):
    """Print which of a learner's cells fail, end the process, or answer again."""
    answers = Counter(cell.grade_id for cell in exercise.code if cell.is_answer)
    for name in [name for name, count in answers.items() if count > 1]:
        said = f"{name} has two cells, of which the lower counts: delete one"
        print(said, file=sys.stderr)
    for (kind, name), error in run.errors.items():
        if error and kind in ("own", "answer"):
            print(f"{name} fails: {plain(sentence_of(error))}", file=sys.stderr)
    for step, reason in run.stopped.items():
        print(f"{step.name} {with_remedy(reason)}", file=sys.stderr)


def plain(text):
    """Return a text as one line of moderate length, which changes no terminal."""
    shown = "".join(c if c.isprintable() or c.isspace() else " " for c in text)
    return textwrap.shorten(shown, LONGEST_LINE, placeholder=" ...")


def with_remedy(reason):
    """Return why a cell was stopped, and what a learner can do about it."""
    return reason + (": --seconds allows more" if "more than" in reason else "")


def cell_to_mend(row, run, merged, gone):
    """Return what to say of a cell that explains a row, or "".

    It is one of the learner's own, or of those given, whose sources are gone.
    """
    lacks = re.search(r"NameError: name '(\w+)' is not defined", row.sentence)
    for step in takewhile(lambda step: step.name != row.checks, merged.steps):
        if step.kind != "own":
            continue
        error = run.errors.get((step.kind, step.name))
        defines = lacks and re.search(rf"\b{lacks[1]}\b", step.source)
        if step in run.stopped and (defines or row.state == STOPPED):
            return f"{step.name}: It {with_remedy(run.stopped[step])}."
        if error and defines:
            return f"{step.name}: {sentence_of(error)}"
    for source in gone:
        if lacks and re.search(rf"\b{lacks[1]}\b", source):
            first = source.splitlines()[0]
            return f"a cell that is gone: copy `{first}` ... from a fresh notebook"
    return ""


def hint(exercise, rows, count):
    """Return as many steps of the hint to the first open question as are asked for."""
    left = [row.question for row in rows if row.state not in (PASSED, MISSING)]
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


def report(exercise, rows, run, merged):
    """Print a table of questions and what failed first; return the exit code."""
    width = max([len(row.checks) for row in rows], default=0)
    for row in rows:
        points = f"{row.points:g} of {row.out_of:g}"
        mark = "ok" if row.state == PASSED else "--"
        print(f"{mark}  {row.checks:{width}}  {points:>8}  {row.state}")
    reached, out_of = sum(row.points for row in rows), sum(row.out_of for row in rows)
    print(f"    {'together':{width}}  {reached:g} of {out_of:g}")
    failed = [row for row in rows if row.state != PASSED]
    gone = given_and_gone(exercise) if failed else []
    told = {row.checks: cell_to_mend(row, run, merged, gone) for row in failed}
    if failed:
        first = failed[0]
        what = told[first.checks] or f"{first.question}: {first.sentence}"
        print("\n" + textwrap.fill(plain(f"The first to mend, {what}"), 76))
        entry = "" if told[first.checks] else appendix.line(first.raised)
        if entry:
            print(textwrap.fill(entry, 76))
        for row in failed[1:]:
            # The table says so, or what is to be mended first.
            if row.state != NOT_ANSWERED and not told[row.checks]:
                print("\n" + textwrap.fill(plain(f"{row.checks}: {row.sentence}"), 76))
    elif run.stopped:
        step, reason = next(iter(run.stopped.items()))
        print(f"\nThe first to mend, {step.name}: It {with_remedy(reason)}.")
    else:
        print("\nEvery visible check holds. Grading adds checks on other inputs.")
    return 1 if failed or run.stopped else 0
