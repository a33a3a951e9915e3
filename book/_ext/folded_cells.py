"""Fold an exercise's checks on its page, and give code that is folded one bar.

Only the page is made of this. The notebook itself, and the one to download, stay as
they are.
"""

import json

FOLDED = "hide-input"
PROMPTS = {"code_prompt_show": "Show the checks", "code_prompt_hide": "Hide the checks"}


def tags_of(cell):
    """Return the tags of a cell as a set."""
    return set(cell["metadata"].get("tags", []))


def fold_checks(cell):
    """Fold a cell if it holds checks: they are longer than the question above them."""
    if cell["metadata"].get("nbgrader", {}).get("grade"):
        cell["metadata"]["tags"] = sorted({*tags_of(cell), FOLDED})
        cell["metadata"].setdefault("mystnb", {}).update(PROMPTS)


def go_together(first, second):
    """Say whether two bars would stand one under the other, with nothing between."""
    return (
        first["cell_type"] == second["cell_type"] == "code"
        and FOLDED in tags_of(first)
        and not first["outputs"]
        and first["metadata"] == second["metadata"]
    )


def with_one_bar(cells):
    """Return the cells; those that go together have become one."""
    shown = []
    for cell in cells:
        if shown and go_together(shown[-1], cell):
            above = shown.pop()
            source = "".join(above["source"]) + "\n\n\n" + "".join(cell["source"])
            cell = {**cell, "source": source}
        shown.append(cell)
    return shown


def fold(app, docname, source):
    """Change what Sphinx has read of a notebook."""
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        fold_checks(cell)
    notebook["cells"] = with_one_bar(notebook["cells"])
    source[0] = json.dumps(notebook)
