"""The directive `backend-table`: which layer of the book holds under which backend.

book/layers.yml says what is tried, and book/backends.yml, written by tools/backends.py,
what failed.
"""

from pathlib import Path

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from entry_list import BACKENDS as NAMES


def read(book):
    """Yield each entry of layers.yml with its notebook and what failed."""
    failed = yaml.safe_load((book / "backends.yml").read_text())["layers"]
    failed = {entry["name"]: entry["backends"] for entry in failed}
    tried = yaml.safe_load((book / "layers.yml").read_text())
    del tried["not tried"]
    for notebook, entries in tried.items():
        for position, entry in enumerate(entries, 1):
            label = f"{Path(notebook).stem.replace('_', '-')}-{position}"
            if notebook.startswith("solutions"):
                label = f"exercise-{label}"
            yield {
                "notebook": notebook.replace("solutions", "exercises"),
                "label": f"tried-{label}",
                "failed": failed[entry["name"]],
                **entry,
            }


def cell(sentences, label):
    """Return what stands in the table: "holds", or the checks that fail, as a link."""
    if sentences is None:
        return "not tried"
    if not sentences:
        return "holds"
    parts = [sentence.partition(": ") for sentence in sentences]
    checks = dict.fromkeys(part[0] if part[1] else "fails" for part in parts)
    return f"[{', '.join(checks)}](#{label})"


def place(notebook):
    """Return a link to a notebook, such as "ch. 7"."""
    folder, _, name = notebook.partition("/")
    target = name if folder == "book" else f"../{notebook}"
    number = name.partition("_")[0]
    if not number.isdigit():
        return f"[today]({target})"
    kind = "ch." if folder == "book" else "ex."
    return f"[{kind}\N{NO-BREAK SPACE}{int(number)}]({target})"


def table(entries):
    """Yield the lines of the table: a row for each layer, a column for each backend."""
    yield "| what | " + " | ".join(NAMES.values()) + " |"
    yield "|---|" + "---|" * len(NAMES)
    for entry in entries:
        name = f"{entry['name']}, {place(entry['notebook'])}"
        name += " (shown as a fault)" if entry.get("bad") else ""
        results = [cell(entry["failed"][backend], entry["label"]) for backend in NAMES]
        yield "| " + " | ".join([name, *results]) + " |"


def measured_with(versions):
    """Return a sentence that names the versions."""
    found = [
        f"{name} {versions[backend]['version']} (Keras {versions[backend]['keras']})"
        for backend, name in NAMES.items()
        if backend in versions
    ]
    return f"Measured with {', '.join(found)}."


def reasons(entries):
    """Yield the lines of a list: what failed, on which backends, and why."""
    for entry in entries:
        said = {}
        for backend, name in NAMES.items():
            for sentence in entry["failed"][backend] or []:
                said.setdefault(sentence, []).append(name)
        if said:
            yield f"({entry['label']})="
            why = entry.get("why", "")
            yield f"**{entry['name']}**, {place(entry['notebook'])}. {why}"
            yield ""
            for sentence, names in said.items():
                yield f"- {', '.join(names)}: ``{sentence}``"
            yield ""


class BackendTable(SphinxDirective):
    """The table; with the argument `reasons`, what was said where something fails."""

    optional_arguments = 1

    def run(self):
        """Return the nodes of the table or of the list."""
        book = Path(self.env.srcdir, "book")
        for name in ["layers.yml", "backends.yml"]:
            self.env.note_dependency(str(book / name))
        entries = list(read(book))
        if self.arguments:
            return self.parse_text_to_nodes("\n".join(reasons(entries)))
        versions = yaml.safe_load((book / "backends.yml").read_text())["versions"]
        lines = [measured_with(versions), "", *table(entries)]
        found = self.parse_text_to_nodes("\n".join(lines))
        for node in found:
            for shown in node.findall(nodes.table):
                shown["classes"].append("three-backends")
        return found


def setup(app):
    """Register with Sphinx."""
    app.add_directive("backend-table", BackendTable)
    return {"parallel_read_safe": True}
