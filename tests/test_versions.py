"""What is said of versions in several places agrees."""

import importlib.metadata
import re
import runpy
import sys

import nbformat
import pytest
import version_check
from packaging.requirements import Requirement
from repository import ROOT, notebooks_in

ASKED_FOR = {"tensorflow": "~=2.21.0", "keras": "~=3.15.0"}
REMEDY = "%pip install tensorflow~=2.21.0 keras~=3.15.0"
NEW = {"tensorflow": "2.21.0", "keras": "3.15.1"}
SUFFICE = [
    NEW,
    NEW | {"tensorflow": "2.21.0rc1"},
    NEW | {"keras": "3.16.0"},
    {"tensorflow": "2.100.0", "keras": "3.15"},
    {"tensorflow": "3.0.0", "keras": "4.0.0.dev2026"},
    {"tensorflow": "2.22.0rc0", "keras-nightly": "3.16.0.dev2026102704"},
]
TOO_OLD = [
    NEW | {"tensorflow": "2.19.1"},
    NEW | {"keras": "3.9.2"},
    {"tensorflow": "2.19.0", "keras": "3.10.0"},
    {"tensorflow": "2.21.0", "keras": "2.15.0"},
    {"tensorflow": "2.21.0", "keras-nightly": "3.9.0.dev2026"},
    {"keras": "3.15.1"},
    {},
]
CHOOSE_A_PYTHON = [
    ROOT / ".devcontainer" / "devcontainer.json",
    ROOT / ".binder" / "runtime.txt",
    *sorted((ROOT / ".github" / "workflows").glob("*.yml")),
]


@pytest.mark.parametrize(
    "path",
    notebooks_in("book", "exercises", "solutions"),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_notebook_begins_with_the_check_of_versions(path):
    cells = nbformat.read(path, as_version=4).cells
    first = next(cell for cell in cells if cell.cell_type == "code")
    assert first.source == version_check.source(), "run make execute exercises"
    assert "remove-cell" in first.metadata.tags


@pytest.mark.parametrize("installed", [*SUFFICE, *TOO_OLD], ids=str)
def test_only_older_versions_print_one_line_with_the_remedy(
    installed, monkeypatch, capsys
):
    distributions = {name.removesuffix("-nightly"): [name] for name in installed}
    metadata = importlib.metadata
    monkeypatch.setattr(version_check, "requirements", lambda: ASKED_FOR)
    monkeypatch.setattr(metadata, "version", installed.get)
    monkeypatch.setattr(metadata, "packages_distributions", lambda: distributions)
    exec(version_check.source(), {})
    said = capsys.readouterr().out
    assert said.endswith(REMEDY + "\n" if installed in TOO_OLD else "")
    assert said.count("\n") == (installed in TOO_OLD)


def test_the_cell_is_put_where_it_belongs_once():
    title = nbformat.v4.new_markdown_cell("# Title")
    code = [nbformat.v4.new_code_cell(source) for source in ("1", "2")]
    notebook = nbformat.v4.new_notebook(cells=[title, *code])
    version_check.put_into(notebook)
    notebook.cells[1].source = "an older check"
    version_check.put_into(notebook)
    sources = [cell.source for cell in notebook.cells]
    assert sources == ["# Title", version_check.source(), "1", "2"]


def test_the_pins_satisfy_what_is_asked_for():
    pins = (ROOT / "requirements.txt").read_text()
    for name, specifier in version_check.requirements().items():
        wanted = Requirement(name + specifier).specifier
        pinned = re.findall(rf"^{re.escape(name)}==([^\s;]+)", pins, re.MULTILINE)
        assert pinned, f"{name} is not pinned: run make pins"
        for version in pinned:
            assert wanted.contains(version, prereleases=True), (
                f"{name} {version} is not {specifier}: run make pins"
            )


def test_the_readme_names_the_versions_asked_for():
    said = (ROOT / "README.md").read_text()
    named = re.search(r"today's Keras \((\d+\.\d+), on TensorFlow (\d+\.\d+)\)", said)
    for name, version in zip(("keras", "tensorflow"), named.groups(), strict=True):
        assert version_check.requirements()[name].startswith(f"~={version}.")


def is_supported(python, monkeypatch):
    """Say whether tools/supported_python.py lets a version of Python pass."""
    numbers = tuple(map(int, python.split(".")))
    monkeypatch.setattr(sys, "version_info", numbers)
    try:
        runpy.run_path(str(ROOT / "tools" / "supported_python.py"))
    except SystemExit:
        return False
    return True


@pytest.mark.parametrize("path", CHOOSE_A_PYTHON, ids=lambda path: path.name)
def test_each_place_asks_for_supported_pythons(path, monkeypatch):
    asked_for = re.findall(r"(?<![\d.v])3\.\d+(?![\d.])", path.read_text())
    assert asked_for
    assert [v for v in asked_for if not is_supported(v, monkeypatch)] == []


@pytest.mark.parametrize("python", ["3.10", "3.14"])
def test_other_pythons_are_refused(python, monkeypatch):
    assert not is_supported(python, monkeypatch)


def test_binder_installs_the_pins_with_jupyterlab():
    folder = ROOT / ".binder"
    option, path = (folder / "requirements.txt").read_text().split()
    assert option == "-r"
    assert (folder / path).samefile(ROOT / "requirements.txt")
    assert "jupyterlab" in version_check.requirements()
