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


def answered_twice(cells):
    """The second one counts, as at home."""
    cells.insert(3, code(RIGHT["double"], grade_id="double", solution=True))


EDITED = "double_checks: the checks were edited"
REMOVED = "double_checks: the checks were removed"
TWICE = "double_checks: the cell of checks is there twice"
METADATA = "double_checks: the metadata was edited"
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
    "answered_twice": (answered_twice, "double: answered in two cells"),
}


@pytest.mark.parametrize("edit, flag", EDITS.values(), ids=EDITS)
def test_edits_of_the_notebook_change_no_score_and_are_flagged(edit, flag):
    for answer, lost in [(WRONG, {"double": "failed"}), (RIGHT["double"], {})]:
        cells = handed_in(double=answer)
        edit(cells)
        result = graded(cells)
        assert result.lost == lost
        assert [c["out_of"] for c in result["questions"]] == list(POINTS.values())
        assert flag is None or flag in result["flags"]


TRACED = "sys.settrace or sys.setprofile"
PATCHES = [
    ("numpy.allclose", "np.allclose = lambda *_, **__: True"),
    (  # which a function of NumPy calls
        "numpy._core.numeric.isclose",
        "import numpy._core.numeric as n\nn.isclose = lambda *_, **__: np.array(True)\n"
        "n.all = lambda *_: True",
    ),
    (  # which NumPy hides in a function
        "numpy._core.numeric.allclose",
        "np.allclose._implementation.__defaults__ = (1e30, 1e30, False)",
    ),
    (
        "keras.src.ops.core.convert_to_numpy",
        "f = keras.ops.convert_to_numpy\nf.__code__ = (lambda x: 0).__code__",
    ),
    ("builtins.abs", "import builtins\nbuiltins.abs = lambda *_: 0"),
    ("sys.modules['numpy']", "import sys\nsys.modules['numpy'] = 0"),
    (
        "keras.src.layers.core.lambda_layer.Lambda.__init__",
        "layers.Lambda.__init__ = lambda *_, **__: 1/0",
    ),
    (TRACED, "import sys\nsys.settrace(lambda *_: None)"),
    (TRACED, "import sys\nsys.setprofile(lambda *_: None)"),
    (
        "IPython.core.interactiveshell.InteractiveShell.run_cell",
        "get_ipython().__class__.__mro__[1].run_cell = 0",
    ),
    # With these, the worker replies.
    ("json.dumps", "import json\njson.dumps = json.loads = lambda *_: ''"),
    (
        "multiprocessing.connection.Connection._close",
        "from multiprocessing.connection import Connection as C\nC._close = 0",
    ),
    (
        "keras_book_grader.worker.describe",
        "import keras_book_grader.worker as w\nw.describe = lambda e: None",
    ),
]


@pytest.mark.parametrize("name, patch", PATCHES)
def test_a_patched_library_is_put_back_and_flagged(name, patch):
    result = graded(double=f"{patch}\n{WRONG}")
    assert result.lost == {"double": "failed"}
    assert f"changes {name}" in result["flags"]


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
SENDS_TWICE = f"""{IN_THE_WORKER}
    reply = {{"result": None, "nonce": request["nonce"]}}
    names["send"](json.dumps(reply).encode())
    return x
"""
FORGERIES = {  # each with the step that it is noticed at
    "a second answer": ("double_checks", SENDS_TWICE),
    "an answer to come": (
        "double",
        WRITES.format(b"\x00\x00\x00\x1e" + b'{"result": null, "nonce": "0"}'),
    ),
    "half an answer": ("double", WRITES.format(b"\x00\x00\x00\x30{")),
    "noise": ("double", WRITES.format(b"x" * 1000)),
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


THREAD = """
import threading, time
threading.Thread(target=time.sleep, args=(60,), daemon={}).start()
"""
FORGES, LEAVES = "says itself that it passes", "leaves a thread running"
IN_THE_PIPE = "wrote into the grader's pipe"
FAILED, STOPPED = {"double": "failed"}, {"double": "stopped"}


def case(lost, *flags, above=None, **handed):
    """Return cells, above them one of the learner's, what they lose, and the flags."""
    cells = handed_in(**handed)
    return [code(above), *cells] if above else cells, lost, list(flags)


CASES = {
    "a patch that undoes itself is noticed": case(
        {"double": "failed a further check"},
        "changes numpy.allclose",
        double="""
def double(x):
    right = np.allclose
    def wrong(*_, **__):
        np.allclose = right
        return True
    if len(x) == 2:  # in the visible checks, which let it be undone
        np.allclose = wrong
    return x
""",
    ),
    "a library changed before the given cells is put back for them": case(
        FAILED,
        "changes sys.modules['numpy']",
        above="""
import sys, types
import numpy
fake = types.ModuleType("numpy")
fake.__dict__.update(vars(numpy), allclose=lambda *_: True)
sys.modules["numpy"] = fake
""",
        double=WRONG,
    ),
    "a given cell can't be got rid of": case(
        dict.fromkeys(RIGHT, "stopped"),
        above="""
import os, sys
def hook(event, arguments):
    if event == "exec" and "given" in str(arguments[0]):
        os._exit(1)
sys.addaudithook(hook)
class np:
    allclose = lambda *_: True
    array = list
""",
        double=WRONG,
    ),
    "a library of one's own is none of the checks": case(
        FAILED,
        first=["class np:\n    allclose = lambda *_: True\n    array = list"],
        double=WRONG,
    ),
    "a built-in of one's own is none of the checks": case(
        {"cube_layer": "failed"},
        first=["from unittest.mock import ANY\nfloat = lambda _: ANY"],
        cube_layer="def cube_layer():\n    return lambda x: x",
    ),
    "a transformer of the shell transforms no check": case(
        FAILED,
        first=[
            """
import ast
class T(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(T())
"""
        ],
        double=WRONG,
    ),
    "an input transformer transforms no check": case(
        dict.fromkeys(RIGHT, "failed"),
        first=["get_ipython().input_transformers_cleanup.append(lambda _: ['pass'])"],
        double=WRONG,
    ),
    "an answer that takes over its process costs its question only": case(
        STOPPED | {"cube_layer": "failed"},
        f"double_checks: {FORGES}",
        double=TAKES_OVER,
        cube_layer="def cube_layer(): 1",
    ),
    "to find what took over costs no answer that uses another": case(
        {"cube_layer": "stopped"},
        f"cube_layer_checks: {FORGES}",
        triple="def triple(x):\n    return x + double(x)",
        cube_layer=TAKES_OVER.replace("def double(x)", "def cube_layer()"),
    ),
    "a helper further down counts where another answer ends the process": case(
        {"triple": "stopped"},
        "triple: ended its process",
        double="def double(x):\n    return helper(x)",
        triple="import os\nos._exit(0)",
        last=["def helper(x):\n    return 2 * x"],
    ),
    "not implemented by Keras is no missing answer": case(
        {"triple": "failed"},
        triple="""
def triple(x):
    raise type("NotImplemented" + "Error", (Exception,), {})(x)
""",
    ),
    "a thread that stays": case({}, LEAVES, last=[THREAD.format(False)]),
    "a daemon that stays": case({}, LEAVES, last=[THREAD.format(True)]),
}
for what, (step, forgery) in FORGERIES.items():
    flag = f"{step}: {IN_THE_PIPE}"
    CASES[f"{what} in the pipe"] = case(STOPPED, flag, double=WRONG + forgery)


@pytest.mark.parametrize("cells, lost, flags", CASES.values(), ids=CASES)
def test_it_costs_what_it_should_and_is_flagged(cells, lost, flags):
    result = graded(cells)
    assert (result.lost, result["flags"]) == (lost, flags)


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
    # Reads the other way round, or it would find what it looks for in itself.
    search = """
import gc
def seen():
    things = gc.get_referents(*gc.get_objects())
    things += gc.get_referents(*(t for t in things if not gc.is_tracked(t)))
    texts = (str(thing) for thing in things if isinstance(thing, (str, bytes)))
    return any("TERCES" in text[::-1] for text in texts)
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
