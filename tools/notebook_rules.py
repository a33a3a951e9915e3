"""The rules for notebooks that nbval does not check.

    python tools/notebook_rules.py book/01_lambda_layers.ipynb

A rule takes a notebook (nbformat 4) and yields one sentence for each breach.
"""

import json
import re
import sys
from functools import cache
from pathlib import Path

import nbformat
from changed_outputs import figures_of
from nbconvert.filters import strip_ansi

LONGEST_LINE = 76  # what fits the code column of a page 1280 pixels wide
PHONE_COLUMN = 343  # pixels: what a figure is shrunk to on a phone of 375
SMALLEST_LETTERS = 9  # pixels, on that phone
USUAL_LETTERS = 10  # points, in matplotlib; a figure has 100 pixels an inch
NOT_COMPARED = re.compile("nbval[-_](ignore[-_]output|skip)", re.IGNORECASE)
# Addresses differ with each run; home and temporary folders with each machine.
UNSTABLE_TEXT = re.compile(
    r"\bat 0x[0-9a-f]{6,}|/(?:home|root|Users|tmp)/|site-packages"
)


def code_cells(notebook):
    """Yield the position and the cell, for each cell with code in it."""
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and cell.source.strip():
            yield position, cell


def tags(cell):
    """Return the tags of a cell, as a set."""
    return set(cell.metadata.get("tags", []))


def has_current_format_and_stable_ids(notebook):
    """Format 4.5 with unique cell ids, so that an edit changes no other cell."""
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        yield "its format is older than 4.5, which has no cell ids"
        return
    ids = [cell.get("id") for cell in notebook.cells]
    repeated = sorted({str(i) for i in ids if ids.count(i) > 1})
    for cell_id in repeated:
        yield f"the cell id {cell_id!r} occurs more than once"
    if not repeated:
        try:
            nbformat.validate(notebook)
        except nbformat.ValidationError as error:
            yield f"it is not a valid notebook: {error.message}"


def asks_for_the_standard_kernel(notebook):
    """The kernelspec is `python3`, which every Jupyter has."""
    name = notebook.metadata.get("kernelspec", {}).get("name")
    if name != "python3":
        yield f"its kernelspec is {name!r}, not 'python3'"


def ran_once_from_top_to_bottom(notebook):
    """Execution counts run 1, 2, 3, ...; nbval passes a cell that never ran."""
    for expected, (position, cell) in enumerate(code_cells(notebook), start=1):
        if cell.execution_count != expected:
            yield (
                f"cell {position} has execution count {cell.execution_count}, "
                f"not {expected}: run make execute"
            )


def prints_nothing_to_stderr(notebook):
    """Warnings and logs name paths and times of one machine."""
    for position, cell in code_cells(notebook):
        if any(output.get("name") == "stderr" for output in cell.outputs):
            yield f"cell {position} has output on stderr"


def errors_are_expected_and_stored(notebook):
    """A cell holds an error if, and only if, it is tagged `raises-exception`."""
    for position, cell in code_cells(notebook):
        errors = [o for o in cell.outputs if o.output_type == "error"]
        if errors and "raises-exception" not in tags(cell):
            yield f"cell {position} fails with {errors[0].ename}"
        if not errors and "raises-exception" in tags(cell):
            yield f"cell {position} is tagged raises-exception but holds no error"


def figures_have_alternative_text(notebook):
    """`mystnb.image.alt` in the cell's metadata says what a figure shows."""
    for position, cell in code_cells(notebook):
        if figures_of(cell):
            text = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            if len(text.split()) < 3:
                yield f"the figure of cell {position} has no alternative text"


def figures_can_be_read_on_a_phone(notebook):
    """Shrunk to a phone's width, a figure has letters that are large enough."""
    for position, cell in code_cells(notebook):
        named = map(float, re.findall(r"\bfont_?size=([\d.]+)", cell.source))
        letters = min([USUAL_LETTERS, *named]) * 100 / 72
        for figure in figures_of(cell):
            width = figure.pixels().shape[1]
            shown = letters * min(1, PHONE_COLUMN / width)
            if shown < SMALLEST_LETTERS:
                yield (
                    f"on a phone, the figure of cell {position} has letters of "
                    f"{shown:.1f} pixels: it is {width} pixels wide"
                )


def folded_code_stands_apart(notebook):
    """Two cells whose code is folded would be two bars, one under the other."""
    folded = [
        position for position, c in code_cells(notebook) if "hide-input" in tags(c)
    ]
    for position in folded:
        if position + 1 in folded:
            yield f"code of cells {position} and {position + 1} is folded: join them"


def lines_fit_the_page(notebook):
    """Code and printed text fit the code column without scrolling."""
    for position, cell in code_cells(notebook):
        printed = [o.get("text", "") for o in cell.outputs]
        printed += [o.get("data", {}).get("text/plain", "") for o in cell.outputs]
        for text in [cell.source, *printed]:
            for line in strip_ansi(text).splitlines():
                if len(line) > LONGEST_LINE:
                    yield f"cell {position} has a line of {len(line)}: {line[:40]!r}..."


def outputs_hold_on_another_machine(notebook):
    """No object addresses and no paths in what is stored."""
    for position, cell in code_cells(notebook):
        texts = [o for o in cell.outputs if "image/png" not in o.get("data", {})]
        found = UNSTABLE_TEXT.search(json.dumps(texts))
        if found:
            yield f"cell {position} stores {found[0]!r}, which changes with the machine"


def cells_not_compared_say_why(notebook):
    """A cell left out of the comparison starts with `# Not compared: ` and why.

    One whose figure has a tolerance of its own starts with `# Compared loosely: `.
    """
    for position, cell in code_cells(notebook):
        left_out = NOT_COMPARED.search(" ".join([cell.source, *tags(cell)]))
        if left_out and not re.match(r"# Not compared: \w+", cell.source):
            yield f"cell {position} is tagged {left_out[0]} and does not say why"
        if "figure_tolerance" in cell.metadata and not re.match(
            r"# Compared loosely: \w+", cell.source
        ):
            yield f"cell {position} has a figure_tolerance and does not say why"


ALL_RULES = [
    has_current_format_and_stable_ids,
    asks_for_the_standard_kernel,
    ran_once_from_top_to_bottom,
    prints_nothing_to_stderr,
    errors_are_expected_and_stored,
    figures_have_alternative_text,
    figures_can_be_read_on_a_phone,
    folded_code_stands_apart,
    lines_fit_the_page,
    outputs_hold_on_another_machine,
    cells_not_compared_say_why,
]


@cache
def read(path):
    """Return a notebook as it stands in its file: nbformat.read would mend its ids."""
    return nbformat.reader.reads(Path(path).read_text(encoding="utf-8"))


def main(paths):
    """Print a line for each breach; return 1 if there is one."""
    breaches = [
        f"{path}: {breach}"
        for path in paths
        for rule in ALL_RULES
        for breach in rule(read(path))
    ]
    print(*breaches, sep="\n", end="\n" if breaches else "")
    return int(bool(breaches))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
