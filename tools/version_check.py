"""The cell that checks versions, the first code cell of each notebook.

tools/execute.py puts it there. The versions are those that requirements.in asks for.
The cell is for Colab, and for other machines where what is installed was not chosen by
this book.
"""

import string

import nbformat
from packaging.requirements import Requirement
from repository import ROOT

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
    specifiers = requirements()
    needed = []
    for package in CHECKED:
        major, minor = specifiers[package].lstrip("~=>").split(".")[:2]
        needed.append((package, (int(major), int(minor))))
    return SOURCE.substitute(
        needed=str(needed).replace("'", '"'),
        requirements=" ".join(package + specifiers[package] for package in CHECKED),
    )


def put_into(notebook):
    """Make the cell the first code cell of a notebook, in place of an older one."""
    tags = {"tags": ["remove-cell"]}  # from the page only
    cell = nbformat.v4.new_code_cell(source(), id=CELL_ID, metadata=tags)
    others = [other for other in notebook.cells if other.id != CELL_ID]
    kinds = [other.cell_type for other in others] + ["code"]
    others.insert(kinds.index("code"), cell)
    notebook.cells = others
