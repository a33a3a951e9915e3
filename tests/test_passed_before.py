"""A notebook is left out only if nothing that decides about it has changed."""

from types import SimpleNamespace

import nbformat
import nbformat.v4 as nbformat4
import pytest
from passed_before import JAX_MATTERS, MATTERS, ON_JAX, PassedBefore

NAME = "book/01_chapter.ipynb"


def report(cell, outcome="passed", when="call"):
    return SimpleNamespace(nodeid=f"{NAME}::Cell {cell}", outcome=outcome, when=when)


ALL_PASSED = [report(0), report(1), report(1, when="setup")]


@pytest.fixture
def root(tmp_path):
    """Make a book of one chapter, which has just passed."""
    for name in (*MATTERS, *JAX_MATTERS, NAME):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    printed = nbformat4.new_output("stream", name="stdout", text="1\n")
    cells = [
        nbformat4.new_markdown_cell("# Title"),
        nbformat4.new_code_cell("print(1)", outputs=[printed]),
        nbformat4.new_code_cell("pass"),
    ]
    nbformat.write(nbformat4.new_notebook(cells=cells), tmp_path / NAME)
    PassedBefore(tmp_path).write(ALL_PASSED)
    return tmp_path


def test_what_passed_is_left_out_and_found_by_its_path(root):
    passed_before = PassedBefore(root)
    assert passed_before.skipped == [NAME]
    assert passed_before.skips(root / NAME)
    assert not passed_before.skips(root / "book" / "other.ipynb")
    assert not PassedBefore(root, skip=False).skips(root / NAME)


CHANGES = {
    "a sentence": lambda cells: cells[0].update(source="# Another title"),
    "code": lambda cells: cells[1].update(source="print(2)"),
    "an output": lambda cells: cells[1].outputs[0].update(text="2\n"),
    "no output": lambda cells: cells[1].update(outputs=[]),
    "a tag": lambda cells: cells[2].metadata.update(tags=["nbval-skip"]),
    "the order": lambda cells: cells.reverse(),
    "a cell less": lambda cells: cells.pop(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_run_unless_it_is_a_sentence(root, change):
    notebook = nbformat.read(root / NAME, as_version=4)
    CHANGES[change](notebook.cells)
    nbformat.write(notebook, root / NAME)
    assert PassedBefore(root).skipped == ([NAME] if change == "a sentence" else [])


@pytest.mark.parametrize("name", ["README.md", *JAX_MATTERS, *MATTERS])
def test_pins_and_tools_matter_those_for_jax_on_jax(root, name):
    on_jax = ON_JAX.format("01_chapter")
    passed = SimpleNamespace(nodeid=on_jax, outcome="passed", when="call")
    PassedBefore(root).write([passed])
    (root / name).write_text("changed")
    left_out = {"README.md": [NAME, on_jax], **dict.fromkeys(JAX_MATTERS, [NAME])}
    assert PassedBefore(root).skipped == left_out.get(name, [])


def test_settings_of_tensorflow_matter(root, monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert PassedBefore(root).skipped == []


@pytest.mark.parametrize(
    "reports",
    [
        [],
        [report(0)],
        [report(0), report(1, outcome="failed")],
        [report(0), report(1, outcome="skipped", when="setup")],
        [*ALL_PASSED, report(1, outcome="failed", when="teardown")],
    ],
    ids=["none", "half", "a failure", "a cell left out", "an error at the end"],
)
def test_a_notebook_that_did_not_pass_whole_is_run_again(root, reports):
    (root / "_build" / "passed.json").unlink()
    PassedBefore(root).write(reports)
    assert PassedBefore(root).skipped == []


def test_what_was_left_out_stays_left_out_until_it_fails(root):
    PassedBefore(root).write([])
    assert PassedBefore(root).skipped == [NAME]
    PassedBefore(root, skip=False).write([report(0), report(1, outcome="failed")])
    assert PassedBefore(root).skipped == []


@pytest.mark.parametrize("content", ["", "{", "[]", "1"])
def test_a_broken_file_of_digests_leaves_out_nothing(root, content):
    (root / "_build" / "passed.json").write_text(content)
    assert PassedBefore(root).skipped == []
    PassedBefore(root).write(ALL_PASSED)
    assert PassedBefore(root).skipped == [NAME]


def test_a_broken_notebook_is_run_and_spoils_no_other(root):
    (root / "book" / "02_broken.ipynb").write_text("{")
    assert PassedBefore(root).skipped == [NAME]
