"""A notebook on another backend: what has to raise, what must not, what is left out."""

import sys

import nbformat
import on_backend
import pytest
from nbformat.v4 import new_code_cell, new_notebook


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run cells, given as source and tags, on a backend; return exit code and text."""

    def run_on(*cells, backend="jax"):
        path = tmp_path / "small.ipynb"
        cells = [new_code_cell(source, metadata={"tags": t}) for source, t in cells]
        nbformat.write(new_notebook(cells=cells), path)
        monkeypatch.setattr(on_backend, "installed", lambda name: name != "torch")
        monkeypatch.setattr(sys, "argv", ["", backend, str(path)])
        return on_backend.main(), capsys.readouterr().out

    return run_on


def test_each_cell_does_what_its_tags_say(run):
    code, text = run(
        ("import os; assert os.environ['KERAS_BACKEND'] == 'jax'", []),
        ("only = 1 / 0", ["tensorflow-only"]),
        ("only", ["raises-exception"]),
        ("import json", []),
    )
    assert code == 0, text
    assert "3 cells ran, 1 skipped" in text


def test_what_differs_is_named_with_the_number_of_the_cell(run):
    code, text = run(
        ("import json", []),
        ("x = 1\n{}['missing']", []),
        ("x", ["raises-exception"]),
    )
    assert code == 1
    assert "cell 1, 'x = 1' raised KeyError: 'missing'" in text
    assert "cell 2, 'x' is tagged raises-exception and raised nothing" in text


def test_what_is_otherwise_on_pytorch_is_left_out_or_raises_nothing():
    exported = new_code_cell("1", metadata={"tags": ["not-on-torch"]})
    only_elsewhere = ["raises-exception", "no-error-on-torch"]
    silent = new_code_cell("2", metadata={"tags": only_elsewhere})
    notebook = new_notebook(cells=[exported, silent])
    assert on_backend.left_out(exported, "torch")
    assert not on_backend.left_out(exported, "jax")
    assert not list(on_backend.faults(notebook, "torch"))
    assert len(list(on_backend.faults(notebook, "jax"))) == 1


def test_a_backend_that_is_not_installed_is_told(run):
    with pytest.raises(SystemExit, match="torch is not installed"):
        run(("import json", []), backend="torch")


@pytest.mark.parametrize("text", [None, "no notebook"])
def test_a_file_that_is_missing_or_no_notebook(tmp_path, monkeypatch, capsys, text):
    path = tmp_path / "other.ipynb"
    if text:
        path.write_text(text)
    monkeypatch.setattr(on_backend, "installed", lambda name: True)
    monkeypatch.setattr(sys, "argv", ["", "jax", str(path)])
    assert on_backend.main() == 1
    assert "other.ipynb: 0 cells ran" in capsys.readouterr().out
