"""The directive `backend-table`: which step of the book runs under which backend.

The results are in book/backends.yml, written by tools/backends.py.
"""

from pathlib import Path

import yaml
from sphinx.util.docutils import SphinxDirective

NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


def summary(result):
    """Return what one backend makes of one step, in a word or two."""
    runs = [use for use in ("predict", "fit") if result[use] == "yes"]
    if len(runs) == 1:
        return f"only `{runs[0]}`"
    return "yes" if runs else "no"


def table(steps, book):
    """Return the lines of the table: a row for each step, a column for each backend."""
    yield "| step | " + " | ".join(NAMES.values()) + " |"
    yield "|---|" + "---|" * len(NAMES)
    for entry in steps:
        results = [summary(entry["backends"][backend]) for backend in NAMES]
        chapter = next(book.glob(f"{entry['chapter']:02}_*.ipynb")).name
        step = f"{entry['step']} ([chapter {entry['chapter']}]({chapter}))"
        yield "| " + " | ".join([step, *results]) + " |"


def measured_with(versions):
    """Return a sentence that names the versions."""
    found = [
        f"{name} {versions[backend]['version']} (Keras {versions[backend]['keras']})"
        for backend, name in NAMES.items()
    ]
    return f"Measured with {', '.join(found)}."


def sayings(result, name):
    """Yield what one backend said, `predict` and `fit` in one line if they agree."""
    if result["predict"] == result["fit"]:
        result = {"`predict` and `fit`": result["fit"]}
    else:
        result = {f"`{use}`": said for use, said in result.items()}
    for use, said in result.items():
        if said != "yes":
            yield f"  - {name}, {use}: ``{said}``"


def reasons(steps):
    """Yield the lines of a list: what each step that fails says, and why."""
    for entry in steps:
        results = entry["backends"]
        said = [line for b in NAMES for line in sayings(results[b], NAMES[b])]
        if said:
            yield f"- {entry['step']}. {entry['why']}"
            yield from said


class BackendTable(SphinxDirective):
    """The table, and under it what was said where something does not run."""

    def run(self):
        """Return the nodes of the table and of the list."""
        book = Path(self.env.srcdir, "book")
        stored = book / "backends.yml"
        self.env.note_dependency(str(stored))
        results = yaml.safe_load(stored.read_text())
        steps, versions = results["steps"], results["versions"]
        lines = [*table(steps, book), "", measured_with(versions), "", *reasons(steps)]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app):
    """Register with Sphinx."""
    app.add_directive("backend-table", BackendTable)
    return {"parallel_read_safe": True}
