"""The command line: `check` for a learner, `grade` for a teacher."""

import argparse
import difflib
import os
import shutil
import signal
import sys
from pathlib import Path

from . import GraderError
from .check import check
from .exercise import find_book, find_exercise
from .standing import overview, watch
from .submissions import find_submissions, shown, unpack

DESCRIPTION = "Checks your answers to an exercise, or grades those of a class."
GRADE = """
Grades every submission in FOLDER against solutions/EXERCISE, the hidden checks
included, and writes to --output: grades.csv for a learning platform, a page for each
learner under feedback/, and index.html for you. Run it again at any time: only what
is new or has changed is graded. --roster fills in the list of the class that Canvas or
Moodle exports. --gradebook lets you change points in nbgrader's formgrader; what you
change there is kept.

Three layouts are found by themselves: FOLDER/<learner>/<exercise>/<exercise>.ipynb, as
nbgrader has it; FOLDER/<learner>/ with one notebook in it; and a folder of files, as a
learning platform exports it. FOLDER may be the ZIP file that a platform offers. Names
as Moodle and Canvas write them are known, and else what stands before the first
underscore is the learner; --pattern says it otherwise, as a regular expression with a
group named learner (and one named number, if you like, which tells two people of one
name apart).

Each submission runs in a process of its own that reads no file of yours, writes only
to a folder in memory, starts no process and has no network. This needs Linux 6.2 or
newer and no privilege. Read README.md on what it doesn't protect against.
"""


def parser():
    """Return the parser of all options."""
    top = argparse.ArgumentParser(
        prog="python -m keras_book_grader", description=DESCRIPTION
    )
    commands = top.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check",
        help="check your own answers, to one exercise or to all",
        description="Runs the visible checks of your notebook, and nothing else. "
        "Without an exercise: a table of all of them.",
    )
    check.set_defaults(run=run_check)
    option = check.add_argument
    several = "05, or a name, or a path of a notebook; or several"
    option("exercise", nargs="*", help=several)
    option("--seconds", type=float, default=300, help="time for each cell (300)")
    option("--watch", action="store_true", help="check again after each save")
    hint = "a step of the hint to the first open question; twice for the next step"
    option("--hint", action="count", default=0, help=hint)
    grade = commands.add_parser(
        "grade",
        help="grade the submissions of a class",
        description=GRADE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    grade.set_defaults(run=run_grade)
    option = grade.add_argument
    option("exercise", help="05, or a name, or a path of a solution")
    option("folder", type=Path, help="what the class handed in")
    option("--pattern", help="where a file's name has the learner's")
    option("--output", type=Path, help="folder of results (grading/EXERCISE)")
    roster = "list of the class as Canvas or Moodle exports it, to be filled in"
    option("--roster", type=Path, metavar="FILE", help=roster)
    assignment = "name of the column for the points on that list (EXERCISE)"
    option("--assignment", metavar="NAME", help=assignment)
    gradebook = "write nbgrader's gradebook, to change points and to comment by hand"
    option("--gradebook", action="store_true", help=gradebook)
    again = "grade this learner again, though nothing has changed"
    option("--again", metavar="LEARNER", help=again)
    jobs = "submissions at the same time (%(default)s, one more than processors)"
    # While one starts or ends, the others keep all processors busy.
    option("--jobs", type=int, default=os.cpu_count() + 1, help=jobs)
    seconds = "time for each cell (60, and of a processor's time 20 times what the "
    seconds += "solution's slowest cell took, but 30 at least)"
    option("--seconds", type=float, help=seconds)
    memory = "megabytes for each submission (4096)"
    option("--memory", type=int, default=4096, help=memory)
    option("--scheduler", help="address of a dask scheduler, tcp://..., to grade on")
    unconfined = "protect nothing: only for submissions that you would run yourself"
    option("--unconfined", action="store_true", help=unconfined)
    root = "grade as root, where one protection less lies around each submission"
    option("--allow-root", action="store_true", help=root)
    return top


def main(arguments=None):
    """Run one command; return 0, or 1 after one line that says what to do."""
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal may know ASCII alone
            stream.reconfigure(errors="backslashreplace")
    try:
        if options.seconds is not None and not 0 < options.seconds <= 86400:
            raise GraderError("--seconds must be more than 0, and a day at most")
        return options.run(options)
    except GraderError as error:
        problem = error
    except OSError as error:
        what = f"{shown(str(error.filename))}: " if error.filename else ""
        problem = f"{what}{error.strerror}"
    except MemoryError:
        problem = "out of memory. What is graded is kept"
    except KeyboardInterrupt:
        return 130
    print(f"keras_book_grader: {problem}", file=sys.stderr)
    return 1


def run_check(options):
    """Check a learner's own notebook."""
    for name in ("SIGTERM", "SIGHUP"):  # end as Ctrl+C does, and leave nothing behind
        ends = getattr(signal, name, None)  # Windows has no SIGHUP
        if ends and signal.getsignal(ends) == signal.SIG_DFL:  # nohup ignores it
            signal.signal(ends, signal.default_int_handler)
    if not options.exercise:
        if options.watch or options.hint:
            raise GraderError("--watch and --hint need an exercise: check 05 --watch")
        return overview(find_book(), options.seconds)
    paths = [find_exercise(name, "exercises") for name in options.exercise]
    if options.watch and len(paths) > 1:
        raise GraderError("--watch watches one exercise: give one")
    run = watch if options.watch else check
    return max(run(path, options.seconds, options.hint) for path in paths)


def run_grade(options):
    """Grade a class."""
    if getattr(os, "geteuid", lambda: 1)() == 0 and not options.allow_root:
        raise GraderError("don't grade as root: use another account, or --allow-root")
    if options.jobs < 1:
        raise GraderError("--jobs must be 1 or more")
    if options.memory < 512:
        raise GraderError("--memory must be 512 or more: TensorFlow needs it")
    from concurrent.futures import ThreadPoolExecutor

    from tqdm import tqdm

    from .class_run import ClassRun, cluster_executor
    from .gradebook import HandGrading
    from .processes import Limits
    from .reports import total, write_reports
    from .roster import Roster

    source = find_exercise(options.exercise, "solutions")
    output = options.output or Path("grading") / source.stem
    options.folder = options.folder.expanduser()
    if options.folder.resolve() in [output.resolve(), *output.resolve().parents]:
        inside = "the next run would take what this one writes for submissions"
        raise GraderError(f"--output {output} is in {options.folder}: {inside}")
    if options.folder.is_file():
        unpacked = output / "unpacked"  # ours alone: nbgrader has submitted/
        shutil.rmtree(unpacked, ignore_errors=True)
        options.folder = unpack(options.folder, unpacked)
    submissions = find_submissions(options.folder, source.stem, options.pattern)
    times = {"busy_seconds": None}  # follows from the solution
    if options.seconds is not None:
        times = {"seconds": options.seconds}
    confined = not options.unconfined
    limits = Limits(**times, memory_megabytes=options.memory, confined=confined)
    here = sys.platform == "linux" and not options.scheduler
    run = ClassRun(source.read_bytes(), source.stem, limits, output, here)
    roster = options.roster and Roster(options.roster, run.exercise, options.assignment)
    if options.again is not None:
        forget(run, submissions, options.again)
    if options.scheduler:
        executor, at_once, look = cluster_executor(options.scheduler)
    else:
        executor, at_once = ThreadPoolExecutor(options.jobs), 2 * options.jobs
        look = None  # its threads are there
    with tqdm(total=len(submissions), unit="submission") as bar:
        try:
            graded = run.grade(
                submissions, executor, at_once, lambda _: bar.update(), look
            )
        except KeyboardInterrupt:
            print("\nStopped. The same command goes on.", file=sys.stderr)
            os._exit(130)  # results are kept, processes end with this one
        finally:
            executor.shutdown(wait=False)  # there may be nobody left to wait for
    results = [(submission, run.load(submission)) for submission in submissions]
    by_hand = HandGrading(output / "gradebook", run.exercise)
    if options.gradebook or by_hand.folder.exists():  # what is in there is kept
        results = by_hand.exchange(results)
    filled = roster and roster.match(submissions)
    write_reports(output, run.exercise, results, roster, filled)
    if roster:
        points = {submission: total(result, "points") for submission, result in results}
        written = output / roster.file_name
        roster.write(written, filled, points.get)
        print(filled.report(roster, written))
    others = f"{len(submissions) - graded} as before or unreadable"
    unreadable = sum(result["problem"] is not None for _, result in results)
    if unreadable:
        others += f"; {unreadable} of all can't be read"
    print(f"{graded} graded, {others}. Open {output / 'index.html'}")
    if unreadable == len(submissions):
        raise GraderError(
            f"no submission can be read: do they answer {source.stem}? The page says "
            "what is wrong with each"
        )
    return 0


def forget(run, submissions, learner):
    """Remove the result of one learner, so that the run makes a new one."""
    found = [s for s in submissions if learner in (s.learner, s.name, s.file_name)]
    if len(found) != 1:
        near = difflib.get_close_matches(learner, [s.learner for s in submissions])
        hint = f"; is it {' or '.join(map(shown, near))}?" if near else ""
        count = f"{len(found)} submissions are" if found else "no submission is"
        raise GraderError(f"--again: {count} from {shown(learner)}{hint}")
    (run.folder / f"{found[0].file_name}.json").unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
