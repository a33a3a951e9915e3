"""A small exercise of three questions, and notebooks of learners who answer it."""

import contextlib
import csv
import dataclasses
import json
import os
import pathlib
import sys
import time

import psutil
import pytest
from keras_book_grader.__main__ import main
from keras_book_grader.exercise import read_source
from keras_book_grader.grading import grade
from keras_book_grader.processes import Limits

# `check`, the learner's command, is tested everywhere.
ON_LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="submissions are confined on Linux only"
)
PACKAGES = pathlib.Path(__file__).parents[1]
BOOK = PACKAGES.parent
IN_THE_BOOK = pytest.mark.skipif(
    not (BOOK / "solutions").is_dir(), reason="the book is not beside the grader"
)
# Before any process starts, so that what it inherits could hold it.
os.environ["TOKEN_OF_TEACHER"] = "secret"
# Long enough for a busy machine; the second where a cell is meant to take too long.
LIMITS = Limits(seconds=20, grace_seconds=1, memory_megabytes=1024, cpu_seconds=60)
IMPATIENT = dataclasses.replace(LIMITS, seconds=2)

SETUP = "import keras\nimport numpy as np\nfrom keras import layers, ops"
RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "triple": "def triple(x):\n    return 3 * x",
    "cube_layer": "def cube_layer():\n    return layers.Lambda(lambda x: x**3)",
}
WRONG = "def double(x):\n    return x\n"
STUB = {name: f"def {name}(*x):\n    raise NotImplementedError()" for name in RIGHT}
VISIBLE = {
    "double": """\
result = double(np.array([1.0, -2.0]))
assert np.allclose(result, [2.0, -4.0]), (
    f"for [1.0, -2.0] double returned {list(result)}, expected [2.0, -4.0]"
)
""",
    "triple": "assert triple(2) == 6, f'triple(2) is {triple(2)}, expected 6'\n",
    "cube_layer": "assert float(cube_layer()(np.array([2.0]))[0]) == 8.0, 'no cube'\n",
}
HIDDEN = {
    "double": "import numpy as np\n"
    "assert np.isinf(np.array([1.0]) / 0).all(), 'settings of NumPy'\n"
    "assert float(2049 * ops.ones(1)[0]) == 2049.0, 'settings of Keras'\n"
    "assert np.allclose(double(np.array([77.25])), 154.5), f'SECRET {double(77.25)}'\n",
    "triple": "assert triple(31.5) == 94.5, 'SECRET'\n",
    "cube_layer": "cube = cube_layer()(np.array([3.3]))\n"
    "assert np.allclose(cube, 35.937), 'SECRET'\n",
}
POINTS = {"double": 1, "triple": 2, "cube_layer": 3}


def code(source, cell_id=None, **nbgrader):
    """Return a code cell as it stands in a file."""
    metadata = {"nbgrader": {"schema_version": 3, **nbgrader}} if nbgrader else {}
    cell = {"cell_type": "code", "metadata": metadata, "source": source}
    cell |= {"outputs": [], "execution_count": None}
    return cell | ({"id": cell_id} if cell_id else {})


def text(source):
    """Return a Markdown cell as it stands in a file."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def exercise(answers, hidden):
    """Return the cells of the exercise, with the teacher's hidden checks or without."""
    cells = [text("# Small exercise"), code(SETUP, "setup")]
    for number, (name, answer) in enumerate(answers.items(), 1):
        checks = VISIBLE[name]
        if hidden:
            checks += f"### BEGIN HIDDEN TESTS\n{HIDDEN[name]}### END HIDDEN TESTS"
        graded = dict(solution=False, grade=True, locked=True, points=POINTS[name])
        cells += [
            text(f"## Question {number}: {name}"),
            code(answer, name, grade_id=name, solution=True, grade=False, locked=False),
            code(checks, f"{name}-checks", grade_id=f"{name}_checks", **graded),
        ]
    return cells


def notebook(cells, **more):
    """Return the bytes of a notebook."""
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content | more).encode()


SOURCE = notebook(exercise(RIGHT, hidden=True))
EXERCISE = read_source(SOURCE, "01_small")  # of 6 points


def handed_in(first=(), last=(), **answers):
    """Return the cells of a submission: right answers, but for those given.

    first and last are sources of the learner's own cells, before and behind the
    questions.
    """
    cells = exercise(RIGHT | answers, hidden=False)
    return [*cells[:2], *map(code, first), *cells[2:], *map(code, last)]


GOOD = notebook(handed_in())


class Result(dict):
    """What grading a submission returned."""

    @property
    def states(self):
        """Return {question: how it went}."""
        return {checks["question"]: checks["state"] for checks in self["questions"]}

    @property
    def lost(self):
        """Return how those questions of all went that did not pass."""
        assert self.states.keys() == RIGHT.keys()
        return {name: how for name, how in self.states.items() if how != "passed"}

    def sentence(self, question):
        """Return what the learner is told about a question."""
        return {c["question"]: c["sentence"] for c in self["questions"]}[question]


def graded(cells=None, limits=LIMITS, source=SOURCE, **handed):
    """Grade cells, or bytes, or by default what `handed_in` returns for the rest."""
    if cells is None:
        cells = handed_in(**handed)
    content = cells if isinstance(cells, bytes) else notebook(cells)
    return Result(grade(read_source(source), content, limits))


class Course:
    """A folder with a solution, as the book has it, and what was handed in."""

    def __init__(self, folder):
        self.folder, self.submitted = folder, folder / "in"
        self.output, self.results = folder / "out", folder / "out" / "results"
        self.solution = folder / "solutions" / "01_small" / "01_small.ipynb"
        self.solution.parent.mkdir(parents=True)
        self.solution.write_bytes(SOURCE)
        self.submitted.mkdir()
        self.options = ["--seconds", "10"]

    def hand_in(self, name, content=GOOD, **answers):
        """Write a submission, right but for the answers given; return its path."""
        path = self.submitted / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(notebook(handed_in(**answers)) if answers else content)
        return path

    def arguments(self, *more):
        """Return the arguments of the command that grades it."""
        paths = [str(self.solution), str(self.submitted), "--output", str(self.output)]
        return ["grade", *paths, "--jobs", "2", "--allow-root", *self.options, *more]

    def grade(self, *more):
        """Grade it; return {learner: row of grades.csv}."""
        assert main(self.arguments(*more)) == 0
        return self.rows()

    def rows(self):
        """Return {learner: row of grades.csv}."""
        return read_table(self.output / "grades.csv")

    def summary(self):
        """Return the page for the teacher."""
        return (self.output / "index.html").read_text()


@contextlib.contextmanager
def full_disk(room):
    """Let files grow to some bytes and no more, and expect the error of that."""
    resource = pytest.importorskip("resource")  # not on Windows
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write_appendix(folder, message):
    """Write an Appendix B with one message, as a book in this folder has it."""
    book = folder / "book"
    book.mkdir()
    entry = {"message": message, "means": "what it means", "do": "what to do"}
    groups = [{"title": "all of them", "messages": [entry]}]
    (book / "messages.yml").write_text(json.dumps({"groups": groups, "silent": []}))
    return book


def write_solution(folder, name="05_small"):
    """Write the solution, as a book in this folder has it."""
    path = folder / "solutions" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(SOURCE)


def read_table(path):
    """Return {learner: row}."""
    with open(path, newline="") as file:
        return {row["learner"]: row for row in csv.DictReader(file)}


def scores(seen):
    """Return {learner: score} of rows."""
    return {learner: row["score"] for learner, row in seen.items()}


def environment():
    """Return that of a command of this package, wherever it is started."""
    paths = [str(PACKAGES), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def below(ancestor):
    """Return the ids of all processes that a process started, directly or not."""
    found = set()
    for process in psutil.Process(ancestor).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
            if process.status() != psutil.STATUS_ZOMBIE:
                found.add(process.pid)
    return found


def wait_until(condition, seconds=20):
    """Wait until a function returns something true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_until_ended(processes):
    """Wait until there is none of these processes any more."""
    wait_until(lambda: not any(os.path.exists(f"/proc/{p}") for p in processes))
