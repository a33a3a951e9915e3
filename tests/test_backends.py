"""The page about backends shows what the backends do."""

import json
import re

import backend_trial
import backends
import pytest
import yaml
from backend_trial import LAYERS, read_layers
from backends import known_results
from definitions import definitions, statements
from repository import ROOT, notebooks_in

KNOWN = known_results()
ENTRIES = read_layers()
NAMES = [entry["name"] for entry in ENTRIES]


def test_results_are_what_the_page_shows(pytestconfig, record_property):
    here = [backend for backend in KNOWN["versions"] if backends.installed(backend)]
    if here == ["tensorflow"]:
        pytest.skip("no backend besides TensorFlow: see requirements-backends.txt")
    changed = backends.changed(here, KNOWN)
    names = NAMES if pytestconfig.option.matrix else changed
    new = backends.measure(here, KNOWN, names)
    assert backends.differences(new, KNOWN) == []
    if left_out := len(NAMES) - len(names):
        note = (
            f"not measured: {left_out} of {len(NAMES)} entries of Appendix C, as they "
        )
        note += "were when they were measured (make test MATRIX=1 measures them)"
        record_property("note", note)
    if changed:
        note = f"measured, and right, but changed since then: {len(changed)} entries "
        record_property(
            "note", note + "of Appendix C (tools/backends.py writes it down)"
        )


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_what_is_offered_holds_or_the_page_says_why_not(entry):
    failed = backends.by_name(KNOWN)[entry["name"]]
    assert all(failed[backend] is not None for backend in KNOWN["versions"])
    if entry.get("bad"):
        assert any(failed.values()), "it is shown as a fault, and nothing fails"
    assert not any(failed.values()) or entry["why"]


@pytest.mark.parametrize(
    "path", notebooks_in("book", "solutions"), ids=lambda path: path.stem
)
def test_each_class_of_a_layer_a_loss_or_a_model_is_tried(path):
    notebook = path.relative_to(ROOT).as_posix()
    tried = "".join(
        definitions(path, entry["make"])
        for entry in ENTRIES
        if entry["notebook"] == notebook
    )
    not_tried = yaml.safe_load(LAYERS.read_text())["not tried"].get(notebook, {})
    if isinstance(not_tried, str):  # a reason for the whole page
        return
    for name, (_, source, _) in statements(path).items():
        if f"\nclass {name}(" in f"\n{source}" and name not in not_tried:
            assert source in tried, f"{name} is not tried: add it to book/layers.yml"


def test_names_are_told_apart():
    assert len(set(NAMES)) == len(NAMES)


def test_a_workflow_measures_the_whole_and_pytorch_in_the_version_of_the_page():
    """Which is too large for this suite."""
    pins = (ROOT / "requirements-backends.txt").read_text()
    (pinned,) = re.findall(r"torch==([\d.]+)", pins)
    workflow = (ROOT / ".github/workflows/backends.yml").read_text()
    assert f"torch=={pinned}" in workflow
    assert "tools/backends.py --check --all" in workflow
    measured = KNOWN["versions"].get("torch", {"version": pinned})
    assert measured["version"] == pinned


def write_notebook(path, cells):
    cells = [{"cell_type": "code", "source": cell} for cell in cells]
    path.write_text(json.dumps({"cells": cells}))


def answer_of(backend, script, *names):
    """Stand in for a trial on a backend of another version, where everything fails."""
    results = {name: {"fails": ["float16: too small"]} for name in names}
    return {"versions": {"version": "0.0.1", "keras": "0.1"}, "results": results}


CHANGED = {
    "nothing": lambda entry, cells, patch: None,
    "a reason that the page gives": lambda entry, *_: entry.update(why="Because."),
    "inputs": lambda entry, *_: entry.update(inputs="normal(7, 4)"),
    "a definition": lambda entry, *_: entry.update(make="Sum()"),
    "a helper of it": lambda entry, cells, patch: cells.insert(0, "SIZE = 5"),
    "the check": lambda entry, cells, patch: patch.setitem(
        backend_trial.CHECKS, "layer", backend_trial.CHECKS["loss"]
    ),
    "the tool": lambda entry, cells, patch: patch.setattr(backends, "TOOLS", [LAYERS]),
    "versions": lambda entry, cells, patch: patch.setattr(
        backends, "versions_of", lambda backend: ["keras 4.0.0"]
    ),
}


@pytest.mark.parametrize("change", CHANGED)
def test_what_changed_is_measured_again(change, monkeypatch, tmp_path):
    """And what did not, is left out; nothing is, where no fingerprint is known."""
    notebook = tmp_path / "notebook.ipynb"
    entry = {"name": "scaled", "kind": "layer", "notebook": str(notebook)}
    entry |= {"make": "Scaled()", "inputs": "normal(5, 4)"}
    cells = ["SIZE = 4", "class Scaled:\n    size = SIZE\nclass Sum(Scaled): pass"]
    write_notebook(notebook, cells)
    monkeypatch.setattr(backends, "read_layers", lambda: [entry])
    monkeypatch.setattr(backends, "answer_of", answer_of)
    assert backends.changed(["jax"], {}) == ["scaled"]
    known = backends.measure(["jax"], {}, ["scaled"])
    CHANGED[change](entry, cells, monkeypatch)
    write_notebook(notebook, cells)
    for cached in (definitions, statements):
        cached.cache_clear()
    same = change in ("nothing", "a reason that the page gives")
    assert backends.changed(["jax"], known) == ([] if same else ["scaled"])
    assert backends.changed(["jax", "torch"], known) == ["scaled"]


def test_another_version_and_a_result_that_changed_are_named(monkeypatch):
    """Measuring leaves alone what is known, or nothing would be told."""
    monkeypatch.setattr(backends, "answer_of", answer_of)
    new = backends.measure(["jax"], KNOWN, NAMES[:1])
    assert known_results() == KNOWN
    version, result = backends.differences(new, KNOWN)
    assert "0.0.1" in version and "jax" in version
    assert f"{NAMES[0]}, jax" in result


def test_an_entry_that_hangs_or_dies_spoils_no_other(monkeypatch, tmp_path):
    notebook = tmp_path / "notebook.ipynb"
    write_notebook(notebook, [])
    model = "keras.Sequential([keras.Input((1,)), layers.Dense(1)])"
    model = f"(lambda model: (model.compile('sgd', 'mse'), model)[1])({model})"
    makes = {
        "hangs": "__import__('time').sleep(60)",
        "dies": "__import__('os')._exit(1)",
        "trains": model,
    }
    entry = {"notebook": notebook, "kind": "model"}
    entry["inputs"] = "(np.ones((2, 1)), np.ones((2, 1)))"
    entries = [{**entry, "name": name, "make": makes[name]} for name in makes]
    monkeypatch.setattr(backend_trial, "PATIENCE", 10)
    monkeypatch.setattr(backend_trial.os, "cpu_count", lambda: 1)
    assert backend_trial.answers(entries) == {
        "hangs": {"fails": ["no answer within 10 seconds"]},
        "dies": {"fails": ["the process broke off"]},
        "trains": {"fails": []},
    }


def test_a_definition_brings_what_it_needs_and_nothing_else(tmp_path):
    notebook = tmp_path / "notebook.ipynb"
    cells = [
        "import numpy as np\nSIZE = 3\nOTHER = np.ones(3)\nOTHER[len([])] = 0",
        "%magic\n",
        "class Base:\n    size = SIZE\n",
        "def make(OTHER=1):\n    return Derived().size + OTHER + len([])\n",
        "class Derived(Base):\n    pass\n",
        "SIZE = 4",
    ]
    write_notebook(notebook, cells)
    source = definitions(notebook, "make()")
    names = {}
    exec(source, names)
    assert names["make"]() == 4
    assert "np" not in names
