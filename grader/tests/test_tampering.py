"""Scores are the teacher's checks on the learner's answers, whatever else is there."""

import json

import pytest
from classroom import (
    ALL_PASSED,
    ON_LINUX,
    POINTS,
    RIGHT,
    code,
    graded,
    handed_in,
    notebook,
    states,
)

pytestmark = ON_LINUX

WRONG = "def double(x):\n    return x\n"


def edited(cells):
    cells[4]["source"] = "assert True"


def dropped(cells):
    del cells[4]


def emptied(cells):
    cells[4]["source"] = ""


def turned_to_text(cells):
    cells[4]["cell_type"] = "markdown"


def duplicated(cells):
    cells.insert(4, json.loads(json.dumps(cells[4])))


def reordered(cells):
    cells[2:] = cells[:1:-1]


def more_points(cells):
    cells[4]["metadata"]["nbgrader"]["points"] = 1000


def other_grade_ids(cells):
    cells[4]["metadata"]["nbgrader"]["grade_id"] = "triple_checks"
    cells[7]["metadata"]["nbgrader"]["grade_id"] = "double_checks"


def swapped_answers(cells):
    cells[3]["metadata"]["nbgrader"]["grade_id"] = "triple"
    cells[6]["metadata"]["nbgrader"]["grade_id"] = "double"


def answer_as_checks(cells):
    cells[3]["metadata"]["nbgrader"] |= {"grade": True, "points": 1000}


def no_metadata(cells):
    for cell in cells:
        cell["metadata"] = {}
        cell.pop("id", None)


def strange_metadata(cells):
    cells[3]["metadata"] = {"nbgrader": {"grade_id": ["double"], "solution": "yes"}}
    cells[4]["metadata"]["nbgrader"]["points"] = {"points": [1]}
    cells[1]["id"] = {}
    cells[6]["metadata"]["nbgrader"] = None


EDITS = [
    (edited, "double_checks: the checks were edited"),
    (dropped, "double_checks: the checks were removed"),
    (emptied, "double_checks: the checks were edited"),
    (turned_to_text, "double_checks: the checks were removed"),
    (duplicated, "double_checks: the cell of checks is there twice"),
    (reordered, None),
    (more_points, "double_checks: the metadata was edited"),
    (other_grade_ids, "double_checks: the checks were edited"),
    (swapped_answers, None),
    (answer_as_checks, None),
    (no_metadata, None),
    (strange_metadata, None),
]


@pytest.mark.parametrize("edit, flag", EDITS, ids=[e.__name__ for e, _ in EDITS])
def test_edits_of_the_notebook_change_no_score_and_are_flagged(edit, flag):
    for answer, expected in [(WRONG, "failed"), (RIGHT["double"], "passed")]:
        cells = handed_in(double=answer)
        edit(cells)
        result = graded(cells)
        assert states(result) == ALL_PASSED | {"double": expected}
        assert [c["out_of"] for c in result["questions"]] == list(POINTS.values())
        assert flag is None or flag in result["flags"]


def test_kernel_and_notebook_metadata_are_no_matter():
    strange = {"kernelspec": {"name": "bash", "language": "bash"}, "widgets": 1}
    assert states(graded(notebook(handed_in(), metadata=strange))) == ALL_PASSED


def test_an_answer_given_twice_counts_as_at_home_and_is_flagged():
    cells = handed_in(double=WRONG)
    cells.insert(4, code(RIGHT["double"], grade_id="double", solution=True))
    result = graded(cells)
    assert states(result) == ALL_PASSED
    assert result["flags"] == ["double: answered in two cells"]


PATCHES = {
    "a function of NumPy": ("np.allclose = lambda *_, **__: True", "numpy.allclose"),
    "what a function of NumPy calls": (
        "import numpy._core.numeric as n\nn.isclose = lambda *_, **__: np.array(True)\n"
        "n.all = lambda *_: True",
        "numpy._core.numeric.isclose",
    ),
    "the code of a function": (
        "f = keras.ops.convert_to_numpy\nf.__code__ = (lambda x: 0).__code__",
        "convert_to_numpy",
    ),
    "a built-in": ("import builtins\nbuiltins.abs = lambda *_: 0", "builtins.abs"),
    "a module": ("import sys\nsys.modules['numpy'] = 0", "sys.modules['numpy']"),
    "a class of Keras": (
        "layers.Lambda.__init__ = lambda *_, **__: 1/0",
        "keras.src.layers.core.lambda_layer.Lambda.__init__",
    ),
    "a trace": (
        "import sys\nsys.settrace(lambda *_: None)",
        "sys.settrace or sys.setprofile",
    ),
    "a profile": (
        "import sys\nsys.setprofile(lambda *_: None)",
        "sys.settrace or sys.setprofile",
    ),
    "the shell": (
        "get_ipython().__class__.__mro__[1].run_cell = 0",
        "InteractiveShell.run_cell",
    ),
    "what the worker uses": (
        "import json\njson.dumps = json.loads = lambda *_: ''",
        "json.dumps",
    ),
    "the connection": (
        "from multiprocessing.connection import Connection\n"
        "Connection._close = lambda self: None",
        "multiprocessing.connection.Connection._close",
    ),
    "the worker": (
        "import keras_book_grader.worker as w\nw.describe = lambda e: None",
        "keras_book_grader.worker.describe",
    ),
}


@pytest.mark.parametrize("patch", PATCHES)
def test_patched_libraries_are_put_back_and_flagged(patch):
    code_of_patch, flag = PATCHES[patch]
    result = graded(handed_in(double=WRONG + code_of_patch))
    assert states(result) == ALL_PASSED | {"double": "failed"}
    assert any(flag in f for f in result["flags"]), result["flags"]


REBINDINGS = {
    "a library": "class np:\n    allclose = lambda *_: True\n    array = list",
    "a built-in": "list = float = lambda x: 1/0",
    "in a transformer of the shell": (
        "import ast\nclass T(ast.NodeTransformer):\n"
        "    def visit_Assert(self, node):\n        return ast.Pass()\n"
        "get_ipython().ast_transformers.append(T())"
    ),
    "in an input transformer": (
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass'])"
    ),
}


@pytest.mark.parametrize("what", REBINDINGS)
def test_rebinding_a_name_of_the_checks_does_not_help(what):
    cells = handed_in(double=WRONG)
    cells.insert(2, code(REBINDINGS[what]))
    assert states(graded(cells))["double"] == "failed"


FORGERIES = {
    "a second answer": """
import json, sys
def double(x):
    frame = sys._getframe(1)
    while "send" not in frame.f_locals:
        frame = frame.f_back
    reply = {"result": None, "nonce": frame.f_locals["request"]["nonce"]}
    frame.f_locals["send"](json.dumps(reply).encode())
    return x
""",
    "an answer to come": """
import os
for n in range(3, 256):
    try:
        os.write(n, b"\\x00\\x00\\x00\\x1e" + b'{"result": null, "nonce": "0"}')
    except OSError:
        pass
""",
    "half an answer": """
import os
for n in range(3, 256):
    try:
        os.write(n, b"\\x00\\x00\\x00\\x30{")
    except OSError:
        pass
""",
    "noise": """
import os
for n in range(3, 256):
    try:
        os.write(n, b"x" * 1000)
    except OSError:
        pass
""",
}


TAKES_OVER = """
import json, signal, sys
def double(x):
    frame = sys._getframe(1)
    while "send" not in frame.f_locals:
        frame = frame.f_back
    names = frame.f_locals
    request = names["request"]
    while True:
        result = [] if request["kind"] == "end" else None
        reply = {"result": result, "nonce": request["nonce"]}
        names["send"](json.dumps(reply).encode())
        try:
            request = json.loads(names["receive"]())
        except EOFError:
            signal.setitimer(signal.ITIMER_REAL, 0)
            while True:
                pass
"""


def test_an_answer_that_takes_over_its_process_costs_its_question_only():
    cells = handed_in(double=TAKES_OVER, cube_layer="def cube_layer(): 1")
    expected = {"double": "stopped", "cube_layer": "failed"}
    result = graded(cells)
    assert states(result) == ALL_PASSED | expected
    assert "double_checks: says itself that it passes" in result["flags"]


def test_to_find_what_took_over_costs_no_answer_that_uses_another():
    takes_over = TAKES_OVER.replace("def double(x)", "def cube_layer()")
    uses_another = "def triple(x):\n    return x + double(x)"
    result = graded(handed_in(triple=uses_another, cube_layer=takes_over))
    assert states(result) == ALL_PASSED | {"cube_layer": "stopped"}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_writing_into_the_pipe_is_noticed_and_costs_the_question(forgery):
    result = graded(handed_in(double=WRONG + FORGERIES[forgery]))
    assert states(result) == ALL_PASSED | {"double": "stopped"}
    assert any("pipe" in flag for flag in result["flags"])


def test_hidden_checks_are_nowhere_while_learners_code_runs():
    search = """
import gc, sys
def texts():
    for thing in gc.get_objects():
        if isinstance(thing, dict):
            yield from (v for v in list(thing.values()) if isinstance(v, (str, bytes)))
        elif isinstance(thing, (list, tuple)):
            yield from (v for v in list(thing) if isinstance(v, (str, bytes)))
def seen():
    mark = "".join(["SEC", "RET"])
    return any(
        mark in (text if isinstance(text, str) else text.decode("latin-1"))
        for text in texts()
    )
"""
    answer = search + "def triple(x):\n    return 3 * x + (x == 2 and seen())"
    cells = handed_in(triple=answer)
    cells.append(code(search + "assert not seen()"))
    assert states(graded(cells)) == ALL_PASSED
