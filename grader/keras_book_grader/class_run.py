"""Grades a class: only what is new or changed, in parallel, each kept at once."""

import hashlib
import importlib.metadata
import itertools
import json
import logging
import math
import platform
from concurrent import futures
from dataclasses import asdict, replace

from . import GraderError, __version__
from .exercise import read_source
from .grading import PASSED, grade, unreadable
from .processes import GOES_ON, warm_server
from .whole_files import whole_file

# Of the machine or the cluster: nobody gets 0 points for it.
OF_THE_RUN = OSError, MemoryError, futures.CancelledError, futures.BrokenExecutor
SECONDS_TO_LOOK, LOOKS_IN_VAIN = 10, 3
# The limit of a cell: so many times the seconds that the solution's slowest one took,
# but within bounds. The exercises allow ten seconds of training on two processors.
TIMES_AS_SLOW, LEAST_SECONDS = 20, 30


class ClassRun:
    """The results of one exercise, in a folder of their own."""

    def __init__(self, source, name, limits, folder, here=True):
        """Read the source; here says that submissions run on this machine."""
        self.source = source
        self.limits = limits
        self.folder = folder / "results"
        try:
            # It imports TensorFlow while this process imports nbgrader.
            start = warm_server if here else None
            self.exercise = read_source(source, name, with_modules=start)
        except ValueError as problem:
            raise GraderError(f"the exercise can't be graded: {problem}") from None

    def key(self, content, problem):
        """Return what a result depends on: if it's the same, so is the result."""
        packages = map(importlib.metadata.version, ["tensorflow", "keras", "numpy"])
        versions = [__version__, platform.python_version(), *packages]
        settings = json.dumps([asdict(self.limits), versions]).encode()
        parts = [self.source, content or b"", repr(problem).encode(), settings]
        digests = [hashlib.sha256(part).digest() for part in parts]
        return hashlib.sha256(b"".join(digests)).hexdigest()

    def load(self, submission):
        """Return a stored result, or None if there is no whole one."""
        try:
            result = json.loads(self._path(submission).read_bytes())
            graded = [cell["checks"] for cell in result["questions"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        checks = [checks.grade_id for checks in self.exercise.checks]
        return result if graded == checks else None

    def _path(self, submission):
        return self.folder / f"{submission.file_name}.json"

    def _store(self, submission, result):
        with whole_file(self._path(submission)) as file:
            json.dump(result, file, indent=1)

    def _refuse_another_class(self, submissions):
        stored = {path.stem for path in self.folder.glob("*.json")}
        same = stored & {each.file_name for each in submissions}
        if 2 * len(same) < len(stored):
            count = f"of its {len(stored)} learners, {len(same)} handed in here"
            raise GraderError(
                f"{self.folder.parent} holds the results of another class ({count}): "
                "give --output a folder of its own, or delete that one"
            )

    def grade(self, submissions, executor, at_once, progress, look):
        """Grade what isn't graded yet; return how many that were.

        While nothing is finished, `look` is called now and then, if it is given; it
        raises a GraderError if there is nobody left to wait for.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._refuse_another_class(submissions)
        todo = self._not_graded(submissions, progress)
        waiting, count, limits = {}, 0, None
        try:
            while True:
                more = itertools.islice(todo, at_once - len(waiting))
                for submission, key, content in more:
                    limits = limits or self._try_solution(executor, look)
                    count += 1
                    future = executor.submit(grade, self.exercise, content, limits)
                    waiting[future] = submission, key
                if not waiting:
                    return count
                for future in finished(waiting, look):
                    submission, key = waiting.pop(future)
                    try:
                        result = future.result() | {"key": key}
                    except GraderError:
                        raise
                    except OF_THE_RUN as error:
                        what = f"the run broke off: {error!r}. {GOES_ON}"
                        raise GraderError(what) from None
                    except Exception as error:
                        # Stored without its key, so that it is tried again.
                        what = f"the grader failed on it: {error!r}"
                        result = unreadable(self.exercise, what)
                    self._store(submission, result)
                    progress(submission)
        finally:
            for future in waiting:
                future.cancel()

    def _try_solution(self, executor, look):
        """Grade the teacher's own answers; return the limits that follow from them.

        Refuse to grade with checks that these answers don't pass.
        """
        limits = replace(self.limits, busy_seconds=self.limits.busy_seconds or 0)
        future = executor.submit(grade, self.exercise, self.source, limits)
        finished([future], look)
        try:
            solution = future.result()
        except GraderError:
            raise
        except BaseException as error:
            what = f"the solution could not be graded: {error!r}"
            raise GraderError(what) from None
        for question in solution["questions"]:
            if question["state"] != PASSED:
                said = question["hidden_sentence"] or question["sentence"]
                what = f"the solution fails its own {question['checks']}"
                raise GraderError(f"{what}: {said}")
        if self.limits.busy_seconds is None:
            slowest = solution["busy_seconds_of_slowest_cell"]
            busy = busy_seconds(slowest, most=limits.seconds)
            limits = replace(limits, busy_seconds=busy)
        return limits

    def _not_graded(self, submissions, progress):
        """Yield what needs a process; settle the rest. Holds few files at a time."""
        for submission in submissions:
            content, problem = submission.read()
            key = self.key(content, problem)
            stored = self.load(submission)
            if stored and stored.get("key") == key:
                progress(submission)
            elif problem:
                result = unreadable(self.exercise, problem)
                self._store(submission, result | {"key": key})
                progress(submission)
            else:
                yield submission, key, content


def finished(waiting, look):
    """Wait for one future or more; return these. `look` is as for `grade`."""
    first = futures.FIRST_COMPLETED
    while not (done := futures.wait(waiting, SECONDS_TO_LOOK, first).done):
        if look:
            look()
    return done


def busy_seconds(slowest, most):
    """Return a cell's seconds of a processor, from those of the solution's slowest."""
    return min(max(math.ceil(TIMES_AS_SLOW * slowest), LEAST_SECONDS), most)


def cluster_executor(address):
    """Return an executor of a dask cluster, how many tasks to give it, and `look`.

    `look` raises a GraderError if no worker has been there for a while.
    """
    try:
        from distributed import Client
    except ImportError:
        remedy = "pip install 'keras-book-grader[cluster]'"
        raise GraderError(f"--scheduler needs dask: {remedy}") from None
    for name in ("distributed", "distributed.client"):  # what it says, we say in a line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError):
        raise GraderError(f"no dask scheduler answers at {address}") from None
    threads = sum(client.nthreads().values())
    if not threads:
        raise GraderError(f"the scheduler at {address} has no workers: start some")
    missed = []

    def look():
        try:
            there = client.status == "running" and client.nthreads()
        except (OSError, futures.TimeoutError):
            there = False
        missed[:] = [] if there else [*missed, address]
        if len(missed) == LOOKS_IN_VAIN:
            what = f"the cluster at {address} has no worker any more: start some"
            raise GraderError(f"{what}. {GOES_ON}")

    return client.get_executor(pure=False, retries=3), 4 * threads, look
