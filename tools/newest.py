"""Run notebooks with the newest TensorFlow and Keras; say which pages are now wrong.

    PYTHONPATH=book/_ext:grader .venv/newest/bin/python tools/newest.py book/*.ipynb

The report, _build/newest.md, tells three kinds apart, cell by cell: what makes the page
wrong; the same, where the page says so itself, by a `versionchanged` in that section;
and what merely prints differently. It names the faults of Keras that are gone, too. The
exit code is 0 only if nothing is of the first kind, and the faults are as
book/keras_faults.yml says.
"""

import argparse
import importlib.metadata
import pathlib
import re
import sys

import keras_faults
import nbformat
from changed_outputs import changes, text_of
from execute import NOT_EXECUTED, in_parallel, run_cells
from figures import FIGURE_TOLERANCE
from keras_book_grader import messages as appendix_b
from nbconvert.filters import strip_ansi
from repository import ROOT

REPORT = ROOT / "_build" / "newest.md"
LINES_SHOWN = 12
WRONG, TOLD, PRINTED = (
    "The page has become wrong",
    "Wrong, and the page says so",
    "Merely printed differently",
)
# What a reader takes from an output, whatever else of it changes.
VERDICT = re.compile(
    r"\b(?:yes|no|true|false|nan|\w+(?:error|warning|exception))\b", re.IGNORECASE
)
# The end of Keras' messages, which lists whatever the call was given.
ARGUMENTS = re.compile(r"Arguments received by .*:(?:\n.*•.*)*")


def raised(cell):
    """Return the type of the error that a cell stores, or None."""
    return next((o.ename for o in cell.outputs if o.output_type == "error"), None)


def messages(text):
    """Return the messages of Appendix B that a text holds."""
    entries = appendix_b.all_messages(ROOT / "book")
    return {e["message"] for e in entries if appendix_b.held(text, e)}


def makes_the_page_wrong(old, new):
    """Return what a cell's new output contradicts, as a sentence, or ""."""
    before, after = (
        ARGUMENTS.sub("", strip_ansi("\n".join(text_of(cell)))) for cell in (old, new)
    )
    if raised(old) != raised(new):
        return f"It raised {raised(old)}, and now {raised(new)}."
    if gone := messages(before) - messages(after):
        return "No longer given: " + "; ".join(sorted(gone))
    if VERDICT.findall(before) != VERDICT.findall(after):
        return "Another verdict is printed."
    return ""


def sections_with_a_notice(notebook):
    """Return for each cell whether its section has a `versionchanged`."""
    section, of_cell, noticed = 0, [], set()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                section += line.startswith("#")
                if "{versionchanged}" in line:
                    noticed.add(section)
        of_cell.append(section)
    return [section in noticed for section in of_cell]


def compare(old, new):
    """Yield (kind, position, cell, sentence, lines) for each cell that differs."""
    told = sections_with_a_notice(old)
    for position, (before, after) in enumerate(zip(old.cells, new.cells, strict=True)):
        ignored = "nbval-ignore-output" in before.metadata.get("tags", [])
        tolerance = after.metadata.get("figure_tolerance", FIGURE_TOLERANCE)
        lines = changes(before, after, tolerance)
        if not lines or (ignored and raised(before) == raised(after)):
            continue
        kind = TOLD if told[position] else WRONG
        sentence = makes_the_page_wrong(before, after)
        yield kind if sentence else PRINTED, position, before, sentence, lines


def run(path):
    """Run a notebook from top to bottom, errors or not; return what differs."""
    old, new = (nbformat.read(path, as_version=4) for _ in range(2))
    run_cells(new, path.parent, allow_errors=True)
    return list(compare(old, new))


def report(found, faults):
    """Return the report, of {notebook: [what differs, ...]}, as Markdown.

    `faults` are the lines about the faults of Keras that are gone.
    """
    lines = [
        f"- {distribution} {importlib.metadata.version(distribution)}"
        for package in ("tensorflow", "keras", "numpy")
        for distribution in importlib.metadata.packages_distributions()[package]
    ]
    lines += [f"- Python {sys.version.split()[0]}", ""]
    for kind in (WRONG, TOLD, PRINTED):
        cells = [(page, d) for page in found for d in found[page] if d[0] == kind]
        lines += [f"## {kind}: {len(cells)} cells", ""]
        for page, (_, position, cell, sentence, changed) in cells:
            lines += [f"### {page}, cell {position}", "", sentence, ""]
            lines += ["```python", *cell.source.splitlines()[:LINES_SHOWN], "```", ""]
            lines += ["```diff", *changed[:LINES_SHOWN], "```", ""]
    lines += ["## Faults of Keras that are gone", "", *(faults or ["None."])]
    return strip_ansi("\n".join(lines)) + "\n"


def main():
    """Run, write the report, print it, and say by the exit code how it went."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    found, not_run = dict.fromkeys(arguments.notebooks), []
    for path, future in in_parallel(run, arguments.notebooks):
        try:
            found[path] = future.result()
        except NOT_EXECUTED as error:
            not_run.append(f"{path} could not be run: {error}")
            del found[path]
    version, faults = keras_faults.measure("tensorflow")
    not_listed = keras_faults.surprises(version, faults)
    gone = keras_faults.those_gone(version, faults)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text("\n\n".join([*not_run, *not_listed, report(found, gone)]))
    print(REPORT.read_text())
    kinds = {kind for cells in found.values() for kind, *_ in cells}
    return int(bool(not_run or not_listed) or WRONG in kinds)


if __name__ == "__main__":
    sys.exit(main())
