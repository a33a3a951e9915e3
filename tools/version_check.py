"""The cell that checks versions, the first code cell of each notebook.

tools/execute.py puts it there. The versions are those that requirements.in asks for.
The cell is for Colab, and for other machines where what is installed was not chosen by
this book.
"""

import pathlib
import string

import nbformat
from packaging.requirements import Requirement

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHECKED = ("tensorflow", "keras")
CELL_ID = "version-check"
SOURCE = string.Template("""\
# Prints nothing where these versions, or newer ones, are installed.
from importlib.metadata import packages_distributions, version

distributions = packages_distributions()  # keras may come as keras-nightly
for package, needed in $needed:
    installed = map(version, distributions.get(package, []))
    found = [tuple(map(int, name.split(".")[:2])) for name in installed]
    if max(found, default=()) < needed:
        print(
            "First run this in a cell, then restart the kernel:  "
            "%pip install $requirements"
        )
        break""")


def requirements():
    """Return {package: specifier} of requirements.in."""
    lines = (ROOT / "requirements.in").read_text().splitlines()
    named = [line.partition("#")[0].strip() for line in lines]
    parsed = [Requirement(line) for line in named if line]
    return {r.name: str(r.specifier) for r in parsed}


def source():
    """Return the code of the cell, for the versions of requirements.in."""
    needed, to_install = [], []
    for package in CHECKED:
        specifier = requirements()[package]
        major, minor = specifier.lstrip("~=>").split(".")[:2]
        needed.append((package, (int(major), int(minor))))
        to_install.append(package + specifier)
    return SOURCE.substitute(
        needed=str(needed).replace("'", '"'),
        requirements=" ".join(to_install),
    )


def put_into(notebook):
    """Make the cell the first code cell of a notebook, whether it is there or not."""
    cell = nbformat.v4.new_code_cell(id=CELL_ID)
    others = []
    for other in notebook.cells:
        if other.id == CELL_ID:
            cell = other  # with its execution count
        else:
            others.append(other)
    cell.source = source()
    cell.metadata.tags = ["remove-cell"]  # from the page only
    kinds = [other.cell_type for other in others]
    first = kinds.index("code") if "code" in kinds else len(kinds)
    notebook.cells = [*others[:first], cell, *others[first:]]
