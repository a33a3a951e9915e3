"""Scores are the teacher's checks on the learner's answers, whatever else is there."""

import json
import time

import pytest
from classroom import (
    BOOK,
    IMPATIENT,
    IN_THE_BOOK,
    ON_LINUX,
    POINTS,
    RIGHT,
    WRONG,
    code,
    graded,
    handed_in,
    notebook,
)
from keras_book_grader import run
from keras_book_grader.exercise import read_source
from keras_book_grader.merge import merge
from keras_book_grader.processes import Limits, ProcessSession

pytestmark = ON_LINUX


def nbgrader(cell):
    return cell["metadata"]["nbgrader"]


def reordered(cells):
    cells[2:] = cells[:1:-1]


def other_grade_ids(cells):
    nbgrader(cells[4])["grade_id"] = "triple_checks"
    nbgrader(cells[7])["grade_id"] = "double_checks"


def swapped_answers(cells):
    nbgrader(cells[3])["grade_id"] = "triple"
    nbgrader(cells[6])["grade_id"] = "double"


def no_metadata(cells):
    for cell in cells:
        cell["metadata"] = {}
        cell.pop("id", None)


def strange_metadata(cells):
    cells[3]["metadata"] = {"nbgrader": {"grade_id": ["double"], "solution": "yes"}}
    nbgrader(cells[4])["points"] = {"points": [1]}
    cells[1]["id"] = {}
    cells[6]["metadata"]["nbgrader"] = None


EDITED, REMOVED = "the checks were edited", "the checks were removed"
TWICE, METADATA = "the cell of checks is there twice", "the metadata was edited"
EDITS = {
    "edited": (lambda cells: cells[4].update(source="assert True"), EDITED),
    "dropped": (lambda cells: cells.pop(4), REMOVED),
    "emptied": (lambda cells: cells[4].update(source=""), EDITED),
    "turned_to_text": (lambda cells: cells[4].update(cell_type="markdown"), REMOVED),
    "duplicated": (lambda cells: cells.insert(4, cells[4]), TWICE),
    "reordered": (reordered, None),
    "more_points": (lambda cells: nbgrader(cells[4]).update(points=1000), METADATA),
    "other_grade_ids": (other_grade_ids, EDITED),
    "swapped_answers": (swapped_answers, None),
    "answer_as_checks": (
        lambda cells: nbgrader(cells[3]).update(grade=True, points=1000),
        None,
    ),
    "no_metadata": (no_metadata, None),
    "strange_metadata": (strange_metadata, None),
}


@pytest.mark.parametrize("edit, flag", EDITS.values(), ids=EDITS)
def test_edits_of_the_notebook_change_no_score_and_are_flagged(edit, flag):
    for answer, lost in [(WRONG, {"double": "failed"}), (RIGHT["double"], {})]:
        cells = handed_in(double=answer)
        edit(cells)
        result = graded(cells)
        assert result.lost == lost
        assert [c["out_of"] for c in result["questions"]] == list(POINTS.values())
        assert flag is None or f"double_checks: {flag}" in result["flags"]


def test_kernel_and_notebook_metadata_are_no_matter():
    strange = {"kernelspec": {"name": "bash", "language": "bash"}, "widgets": 1}
    assert graded(notebook(handed_in(), metadata=strange)).lost == {}


def test_an_answer_given_twice_counts_as_at_home_and_is_flagged():
    cells = handed_in(double=WRONG)
    cells.insert(4, code(RIGHT["double"], grade_id="double", solution=True))
    result = graded(cells)
    assert result.lost == {}
    assert result["flags"] == ["double: answered in two cells"]


TRACED = "sys.settrace or sys.setprofile"
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
    "a trace": ("import sys\nsys.settrace(lambda *_: None)", TRACED),
    "a profile": ("import sys\nsys.setprofile(lambda *_: None)", TRACED),
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


@pytest.mark.parametrize("patch, flag", PATCHES.values(), ids=PATCHES)
def test_patched_libraries_are_put_back_and_flagged(patch, flag):
    result = graded(double=WRONG + patch)
    assert result.lost == {"double": "failed"}
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


@pytest.mark.parametrize("source", REBINDINGS.values(), ids=REBINDINGS)
def test_rebinding_a_name_of_the_checks_does_not_help(source):
    assert graded(first=[source], double=WRONG).states["double"] == "failed"


# Finds the function of the grader that sends what it says.
IN_THE_WORKER = """
import json, signal, sys
def double(x):
    frame = sys._getframe(1)
    while "send" not in frame.f_locals:
        frame = frame.f_back
    names = frame.f_locals
    request = names["request"]
"""
WRITES = """
import os
for n in range(3, 256):
    try:
        os.write(n, {!r})
    except OSError:
        pass
"""
FORGERIES = {
    "a second answer": IN_THE_WORKER
    + """
    reply = {"result": None, "nonce": request["nonce"]}
    names["send"](json.dumps(reply).encode())
    return x
""",
    "an answer to come": WRITES.format(
        b"\x00\x00\x00\x1e" + b'{"result": null, "nonce": "0"}'
    ),
    "half an answer": WRITES.format(b"\x00\x00\x00\x30{"),
    "noise": WRITES.format(b"x" * 1000),
}
TAKES_OVER = f"""{IN_THE_WORKER}
    while True:
        result = [] if request["kind"] == "end" else None
        reply = {{"result": result, "nonce": request["nonce"]}}
        names["send"](json.dumps(reply).encode())
        try:
            request = json.loads(names["receive"]())
        except EOFError:
            signal.setitimer(signal.ITIMER_REAL, 0)
            while True:
                pass
"""


def test_an_answer_that_takes_over_its_process_costs_its_question_only():
    result = graded(double=TAKES_OVER, cube_layer="def cube_layer(): 1")
    assert result.lost == {"double": "stopped", "cube_layer": "failed"}
    assert "double_checks: says itself that it passes" in result["flags"]


def test_to_find_what_took_over_costs_no_answer_that_uses_another():
    takes_over = TAKES_OVER.replace("def double(x)", "def cube_layer()")
    uses_another = "def triple(x):\n    return x + double(x)"
    result = graded(triple=uses_another, cube_layer=takes_over)
    assert result.lost == {"cube_layer": "stopped"}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_writing_into_the_pipe_is_noticed_and_costs_the_question(forgery):
    result = graded(double=WRONG + forgery)
    assert result.lost == {"double": "stopped"}
    assert any("pipe" in flag for flag in result["flags"])


def test_hidden_checks_reach_no_flag():
    answer = """
import linecache
def triple(x):
    text = str(linecache.cache)
    if x > 30:
        raise PermissionError(text[text.find("SEC" + "RET"):])
    return 3 * x
"""
    assert "SECRET" not in str(graded(triple=answer)["flags"])


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
    assert graded(triple=answer, last=[search + "assert not seen()"]).lost == {}


WITH_CHAPTERS = [
    path
    for path in sorted(BOOK.glob("solutions/*/*.ipynb"))
    if "project" not in path.name  # its later bars use what the first trained
]


@IN_THE_BOOK
@pytest.mark.parametrize("path", WITH_CHAPTERS, ids=lambda path: path.stem)
def test_no_honest_answer_is_taken_for_one_that_took_over(path):
    """Every probe fails, also where a question and its answer differ in name."""
    exercise = read_source(path.read_bytes())
    merged = merge(exercise, exercise.code)
    with ProcessSession(exercise.modules, Limits()) as session:
        seen = run.run_steps(merged, session, probes=run.EACH_TIME)
    assert seen.culprit is None, seen.reason
    assert set(seen.errors.values()) == {None}
    assert seen.flags == []


def test_a_hidden_input_does_not_reach_the_learner_as_the_name_of_an_error():
    answer = """
class OutOfTime(Exception):
    pass
def triple(x):
    if x > 30:
        raise OutOfTime(f"hidden input {x}")
    return 3 * x
"""
    result = graded(triple=answer)
    assert result.states["triple"] == "failed a further check"
    assert "hidden" not in str([q["sentence"] for q in result["questions"]])
    assert "31.5" not in json.dumps(result["questions"])


def test_a_patch_that_undoes_itself_is_flagged():
    answer = """
def double(x):
    right = np.allclose
    def wrong(*_, **__):
        np.allclose = right
        return True
    if len(x) == 2:  # in the visible checks, which let it be undone
        np.allclose = wrong
    return x
"""
    assert "changes numpy.allclose" in graded(double=answer)["flags"]


def test_what_numpy_hides_in_a_function_is_put_back_and_flagged():
    patch = "np.allclose._implementation.__defaults__ = (1e30, 1e30, False)\n"
    result = graded(double=patch + WRONG)
    assert result.lost == {"double": "failed"}
    assert "changes numpy._core.numeric.allclose" in result["flags"]


def test_a_built_in_of_ones_own_does_not_reach_the_checks():
    always = "from unittest.mock import ANY\nfloat = lambda _: ANY"
    answer = "def cube_layer():\n    return lambda x: x"
    assert graded(first=[always], cube_layer=answer).states["cube_layer"] == "failed"


@pytest.mark.parametrize(
    "change",
    [
        "keras.config.set_dtype_policy('mixed_float16')",
        "keras.config.set_floatx('float16')",
        "np.seterr(all='raise')",
    ],
)
def test_a_setting_changed_at_the_end_costs_nothing(change):
    assert graded(last=[change]).lost == {}


def test_not_implemented_by_keras_is_no_missing_answer():
    answer = """
def triple(x):
    raise type("NotImplemented" + "Error", (Exception,), {})(x)
"""
    assert graded(triple=answer).states["triple"] == "failed"


def test_sleeping_cells_cannot_hold_up_the_class(monkeypatch):
    assert run.CELLS_WORTH_OF_TIME == 20  # README.md says so
    monkeypatch.setattr(run, "CELLS_WORTH_OF_TIME", 2)
    cells = handed_in(first=100 * ["import time\ntime.sleep(1)"])
    started = time.monotonic()
    result = graded(cells, IMPATIENT)
    assert time.monotonic() - started < 50  # and not 100
    assert any("all the time of a submission" in f for f in result["flags"])


def test_flags_are_few_and_short():
    errors = [f"raise PermissionError({n} * 10**6 * 'x')" for n in range(1, 40)]
    flags = graded(last=errors)["flags"]
    assert len(flags) <= 20 and max(map(len, flags)) <= 200


def test_a_library_changed_before_the_given_cells_is_put_back_for_them():
    patch = """
import sys, types
import numpy
fake = types.ModuleType("numpy")
fake.__dict__.update(vars(numpy), allclose=lambda *_: True)
sys.modules["numpy"] = fake
"""
    result = graded([code(patch), *handed_in(double=WRONG)])
    assert result.lost == {"double": "failed"}
    assert "changes sys.modules['numpy']" in result["flags"]


def test_a_given_cell_cannot_be_got_rid_of():
    attack = """
import os, sys
def hook(event, arguments):
    if event == "exec" and "given" in str(arguments[0]):
        os._exit(1)
sys.addaudithook(hook)
class np:
    allclose = lambda *_: True
    array = list
"""
    cells = [code(attack), *handed_in(double=WRONG)]
    assert graded(cells).states == dict.fromkeys(RIGHT, "stopped")


def test_a_helper_further_down_counts_where_another_answer_ends_the_process():
    result = graded(
        double="def double(x):\n    return helper(x)",
        triple="import os\nos._exit(0)",
        last=["def helper(x):\n    return 2 * x"],
    )
    assert result.lost == {"triple": "stopped"}


@pytest.mark.parametrize("daemon", [False, True])
def test_a_thread_that_stays_is_flagged(daemon):
    thread = f"threading.Thread(target=time.sleep, args=(60,), daemon={daemon})"
    cells = handed_in(last=[f"import threading, time\n{thread}.start()"])
    assert graded(cells)["flags"] == ["leaves a thread running"]


def test_half_a_character_in_a_comment_is_no_matter():
    """JSON may hold half of a surrogate pair, which is no text for Python."""
    answer = RIGHT["double"] + "  # \ud83d"
    assert graded(double=answer).lost == {}
