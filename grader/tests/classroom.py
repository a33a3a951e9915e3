"""A small exercise of three questions, and notebooks of learners who answer it."""

import dataclasses
import json
import os
import pathlib
import sys

import pytest
from keras_book_grader.exercise import read_source
from keras_book_grader.grading import grade
from keras_book_grader.processes import Limits

# `check`, the learner's command, is tested everywhere.
ON_LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="submissions are confined on Linux only"
)
PACKAGES = pathlib.Path(__file__).parents[1]
BOOK = pathlib.Path(os.environ.get("BOOK", PACKAGES.parent))
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
    for name, answer in answers.items():
        checks = VISIBLE[name]
        if hidden:
            checks += f"### BEGIN HIDDEN TESTS\n{HIDDEN[name]}### END HIDDEN TESTS"
        cells += [
            text(f"## Question {len(cells) // 3 + 1}: {name}"),
            code(answer, name, grade_id=name, solution=True, grade=False, locked=False),
            code(
                checks,
                f"{name}-checks",
                **dict(grade_id=f"{name}_checks", solution=False, grade=True),
                **dict(locked=True, points=POINTS[name]),
            ),
        ]
    return cells


def notebook(cells, **more):
    """Return the bytes of a notebook."""
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content | more).encode()


SOURCE = notebook(exercise(RIGHT, hidden=True))


def handed_in(**answers):
    """Return the cells of a submission: right answers, but for those given."""
    return exercise(RIGHT | answers, hidden=False)


def graded(cells, limits=LIMITS, source=SOURCE):
    """Grade cells, or bytes; return the result."""
    content = cells if isinstance(cells, bytes) else notebook(cells)
    return grade(read_source(source), content, limits)


def states(result):
    """Return {question: how it went}."""
    return {checks["question"]: checks["state"] for checks in result["questions"]}


def sentence(result, question):
    """Return what the learner is told about a question."""
    return {c["question"]: c["sentence"] for c in result["questions"]}[question]


ALL_PASSED = dict.fromkeys(RIGHT, "passed")
