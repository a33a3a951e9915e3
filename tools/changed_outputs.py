"""Show which stored outputs differ from those of the last commit.

    python tools/changed_outputs.py

Text is shown line by line; of a figure, by how many grey levels it changed. A tool
for notebooks in general would name every figure after each release of Matplotlib,
which writes its version into the file.
"""

import difflib
import subprocess

import nbformat
from figures import Figure

NOTEBOOKS = ("book/*.ipynb", "solutions/*.ipynb")  # git's star matches folders, too


def git(*arguments):
    """Return what a git command prints; end with its message if it fails."""
    return subprocess.check_output(["git", *arguments], encoding="utf-8")


def text_of(cell):
    """Return the lines that a cell's outputs show, figures aside."""
    shown = []
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            shown += output.traceback
        else:
            shown.append(output.get("text", ""))
            shown.append(output.get("data", {}).get("text/plain", ""))
    return "\n".join(filter(None, shown)).splitlines()


def figures_of(cell):
    """Return the figures of a cell, in order."""
    data = [output.get("data", {}) for output in cell.get("outputs", [])]
    return [Figure(d["image/png"].replace("\n", "")) for d in data if "image/png" in d]


def changes(old, new, tolerance=0.0):
    """Return a line for each difference between the outputs of two cells.

    Figures may differ by so many grey levels.
    """
    lines = difflib.unified_diff(text_of(old), text_of(new), n=0, lineterm="")
    found = list(lines)[2:]  # the first two name files
    before, after = figures_of(old), figures_of(new)
    if len(before) != len(after):
        found.append(f"{len(before)} figures before, {len(after)} now")
        return found
    for one, other in zip(before, after, strict=True):
        levels = one.difference(other)
        if levels == float("inf"):
            found.append("figure has another size")
        elif levels > tolerance:
            found.append(f"figure changed by {levels:.2g} grey levels")
    return found


def changes_by_cell(old, new):
    """Return {position of the cell: lines} of what differs between two notebooks."""
    before = {cell.id: cell for cell in old.cells}
    found = {
        position: changes(before.get(cell.id, {}), cell)
        for position, cell in enumerate(new.cells)
    }
    return {position: lines for position, lines in found.items() if lines}


def main():
    """Print each change of an output since the last commit, and how many there are."""
    names = git("diff", "--name-only", "--diff-filter=M", "HEAD", "--", *NOTEBOOKS)
    cells = 0
    for path in names.splitlines():
        old = nbformat.reads(git("show", f"HEAD:{path}"), as_version=4)
        new = nbformat.read(path, as_version=4)
        for position, lines in changes_by_cell(old, new).items():
            print(f"{path}, cell {position}:", *lines, sep="\n    ")
            cells += 1
    print(f"Cells whose output changed: {cells}")


if __name__ == "__main__":
    main()
