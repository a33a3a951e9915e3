"""The page about backends shows what the backends do."""

import re

import backends
import pytest
import yaml
from definitions import definitions, statements
from repository import notebooks_in


def known():
    return yaml.safe_load(backends.RESULTS.read_text())


def test_results_are_what_the_page_shows():
    here = [backend for backend in known()["versions"] if backends.installed(backend)]
    if here == ["tensorflow"]:
        pytest.skip("no backend besides TensorFlow: see requirements-backends.txt")
    new = backends.measure(here, known())
    assert backends.differences(new, known()) == []


@pytest.mark.parametrize("entry", backends.read_layers(), ids=lambda e: e["name"])
def test_what_is_offered_holds_or_the_page_says_why_not(entry):
    failed = backends.by_name(known())[entry["name"]]
    assert all(failed[backend] is not None for backend in known()["versions"])
    if entry.get("bad"):
        assert any(failed.values()), "it is shown as a fault, and nothing fails"
    assert not any(failed.values()) or entry["why"]


@pytest.mark.parametrize(
    "path",
    sorted(set(notebooks_in("book") + notebooks_in("solutions"))),
    ids=lambda path: path.stem,
)
def test_each_class_of_a_layer_a_loss_or_a_model_is_tried(path):
    notebook = path.relative_to(backends.ROOT).as_posix()
    tried = "".join(
        definitions(path, entry["make"])
        for entry in backends.read_layers()
        if entry["notebook"] == notebook
    )
    not_tried = yaml.safe_load(backends.LAYERS.read_text())["not tried"]
    for name, (_, source, _) in statements(path).items():
        if f"\nclass {name}(" in f"\n{source}" and name not in not_tried.get(
            notebook, []
        ):
            assert source in tried, f"{name} is not tried: add it to book/layers.yml"


def test_names_are_told_apart():
    names = [entry["name"] for entry in backends.read_layers()]
    assert len(set(names)) == len(names)


def test_pytorch_is_measured_again_in_the_version_that_the_page_names():
    """It is too large for this suite; a workflow installs it."""
    pins = (backends.ROOT / "requirements-backends.txt").read_text()
    (pinned,) = re.findall(r"torch==([\d.]+)", pins)
    workflow = (backends.ROOT / ".github/workflows/backends.yml").read_text()
    assert f"torch=={pinned}" in workflow
    measured = known()["versions"].get("torch", {"version": pinned})
    assert measured["version"] == pinned


def test_another_version_and_a_result_that_changed_are_named():
    new = known()
    new["versions"]["jax"] = {"version": "0.0.1", "keras": "3.15.1"}
    new["layers"][0]["backends"]["jax"] = ["float16: it is too small"]
    version, result = backends.differences(new, known())
    assert "0.0.1" in version and "jax" in version
    assert f"{new['layers'][0]['name']}, jax" in result


def test_measuring_leaves_alone_what_is_known(monkeypatch):
    """Or no difference of versions would be told."""

    def made_up(backend, *_):
        found = {entry["name"]: {"fails": []} for entry in backends.read_layers()}
        return {"versions": {"version": "0.0.1", "keras": "0.1"}, "results": found}

    monkeypatch.setattr(backends, "answer_of", made_up)
    before = known()
    new = backends.measure(["tensorflow"], before)
    assert before == known()
    assert any("0.0.1" in each for each in backends.differences(new, before))


def test_an_entry_that_hangs_or_dies_spoils_no_other(monkeypatch, tmp_path):
    notebook = tmp_path / "notebook.ipynb"
    notebook.write_text('{"cells": []}')
    model = "keras.Sequential([keras.Input((1,)), layers.Dense(1)])"
    model = f"(lambda model: (model.compile('sgd', 'mse'), model)[1])({model})"
    makes = {
        "hangs": "__import__('time').sleep(60)",
        "dies": "__import__('os')._exit(1)",
        "trains": model,
    }
    entries = [
        {
            "name": name,
            "notebook": notebook,
            "kind": "model",
            "make": make,
            "inputs": "(np.ones((2, 1)), np.ones((2, 1)))",
        }
        for name, make in makes.items()
    ]
    monkeypatch.setattr(backends, "PATIENCE", 20)
    monkeypatch.setattr(backends.os, "cpu_count", lambda: 1)
    found = {
        name: answer["fails"] for name, answer in backends.answers(entries).items()
    }
    assert found == {
        "hangs": ["no answer within 20 seconds"],
        "dies": ["the process broke off"],
        "trains": [],
    }


def test_a_definition_brings_what_it_needs_and_nothing_else(tmp_path):
    notebook = tmp_path / "notebook.ipynb"
    cells = [
        "import numpy as np\nSIZE = 3\nOTHER = np.ones(10**9)",
        "%magic\n",
        "class Base:\n    size = SIZE\n",
        "def make(OTHER=1):\n    return Derived().size + OTHER\n",
        "class Derived(Base):\n    pass\n",
        "SIZE = 4",
    ]
    cells = [{"cell_type": "code", "source": cell} for cell in cells]
    notebook.write_text(backends.json.dumps({"cells": cells}))
    source = definitions(notebook, "make()")
    names = {}
    exec(source, names)
    assert names["make"]() == 4
    assert "np" not in names
