"""Run notebooks on another backend of Keras, and leave their files as they are.

    python tools/on_backend.py jax                              # all that are neutral
    python tools/on_backend.py jax book/01_lambda_layers.ipynb

Cells with the tag `tensorflow-only` are left out, on PyTorch those with `not-on-torch`,
too. A cell has to raise if, and only if, it has the tag `raises-exception`, and not
`no-error-on-torch` where it runs on PyTorch; what it prints is not compared.
"""

import argparse
import pathlib
import sys
import time

import nbformat
from backend_process import BACKENDS, environment, installed
from execute import NOT_EXECUTED, run_cells
from nbconvert.filters import strip_ansi
from notebook_rules import code_cells, tags
from repository import ROOT

TENSORFLOW_ONLY = "tensorflow-only"
FRAME = ("Exception encountered when calling", "Arguments received by")
# The chapters that run on each backend, but for marked cells.
NEUTRAL = [
    ROOT / "book" / f"{name}.ipynb"
    for name in [
        "what_to_write_today",
        "01_lambda_layers",
        "01_antirectifier",
        "02_passing_arguments",
        "07_beyond_lambda",
        "07_lambda_in_a_file",
        "07_check_layer",
        "08_todays_layers",
    ]
]


def main_line(message):
    """Return the line of an error that says something, without Keras' frame."""
    lines = strip_ansi(message).splitlines()
    return next((x for x in lines if x and not x.startswith(FRAME)), "")


def left_out(cell, backend):
    """Say whether a cell does not run on a backend, by its tags."""
    return not {TENSORFLOW_ONLY, f"not-on-{backend}"}.isdisjoint(tags(cell))


def faults(notebook, backend):
    """Yield a sentence for each cell that raised, or that should have and did not."""
    for position, cell in code_cells(notebook):
        errors = [o for o in cell.outputs if o.output_type == "error"]
        wanted = "raises-exception" in tags(cell)
        wanted = wanted and f"no-error-on-{backend}" not in tags(cell)
        where = f"cell {position}, {cell.source.splitlines()[0]!r}"
        if errors and not wanted:
            yield f"{where} raised {errors[0].ename}: {main_line(errors[0].evalue)}"
        if wanted and not errors:
            yield f"{where} is tagged raises-exception and raised nothing"


def run(path, backend):
    """Run a notebook; return how many cells ran, how many not, and the faults."""
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for _, cell in code_cells(notebook)]
    skipped = [cell for cell in cells if left_out(cell, backend)]
    for cell in skipped:
        cell.cell_type = "raw"  # which no kernel is given
    run_cells(notebook, path.parent, allow_errors=True, env=environment(backend))
    found = list(faults(notebook, backend))
    return len(cells) - len(skipped), len(skipped), found


def main():
    """Print a line for each notebook; 1 if one of them has a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("backend", choices=BACKENDS)
    parser.add_argument("notebooks", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    if not installed(options.backend):
        sys.exit(f"{options.backend} is not installed: see requirements-backends.txt")
    failed = False
    for path in options.notebooks or NEUTRAL:
        started = time.monotonic()
        try:
            ran, skipped, found = run(path, options.backend)
        except NOT_EXECUTED as error:
            ran, skipped, found = 0, 0, [f"could not be run: {error}"]
        seconds = time.monotonic() - started
        print(f"{path}: {ran} cells ran, {skipped} skipped, {seconds:.0f} s")
        print(*found, sep="\n", end="\n" if found else "", flush=True)
        failed = failed or bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
