"""What pages say of backends: in Appendix C, and above cells that don't run on each.

book/layers.yml says what is tried, and book/backends.yml, written by tools/backends.py,
what failed.
"""

from pathlib import Path

import yaml
from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
LABELS = {"tensorflow-only": "TensorFlow only", "not-on-torch": "Not on PyTorch"}


def read(book):
    """Yield each entry of layers.yml with its notebook and what failed."""
    failed = yaml.safe_load((book / "backends.yml").read_text())["layers"]
    failed = {entry["name"]: entry["backends"] for entry in failed}
    tried = yaml.safe_load((book / "layers.yml").read_text())
    del tried["not tried"]
    for notebook, entries in tried.items():
        kind = "exercise-" if notebook.startswith("solutions") else ""
        label = f"tried-{kind}{Path(notebook).stem.replace('_', '-')}"
        for position, entry in enumerate(entries, 1):
            yield {
                "place": place(notebook.replace("solutions", "exercises")),
                "label": f"{label}-{position}",
                "failed": failed[entry["name"]],
                **entry,
            }


def place(notebook):
    """Return a link to a notebook, such as "ch. 7"."""
    folder, _, name = notebook.partition("/")
    target = name if folder == "book" else f"../{notebook}"
    number = name.partition("_")[0]
    if not number.isdigit():
        return f"[today]({target})"
    kind = "ch." if folder == "book" else "ex."
    return f"[{kind}\N{NO-BREAK SPACE}{int(number)}]({target})"


def result(entry, backend):
    """Return what stands in the table: "holds", or the checks that fail, as a link."""
    sentences = entry["failed"][backend]
    if sentences is None:
        return "not tried"
    if not sentences:
        return "holds"
    parts = [sentence.partition(": ") for sentence in sentences]
    checks = dict.fromkeys(part[0] if part[1] else "fails" for part in parts)
    return f"[{', '.join(checks)}](#{entry['label']})"


def table(entries):
    """Yield the lines of the table: a row for each layer, a column for each backend."""
    yield "| what | " + " | ".join(NAMES.values()) + " |"
    yield "|---|" + "---|" * len(NAMES)
    for entry in entries:
        fault = " (shown as a fault)" if entry.get("bad") else ""
        results = " | ".join(result(entry, backend) for backend in NAMES)
        yield f"| {entry['name']}, {entry['place']}{fault} | {results} |"


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
            yield f"**{entry['name']}**, {entry['place']}. {entry.get('why', '')}"
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


def label(node):
    """Return what stands above a cell, if anything; MyST-NB makes its tags classes."""
    if isinstance(node, nodes.container):
        found = (LABELS.get(name.removeprefix("tag_")) for name in node["classes"])
        return next(filter(None, found), None)
    return None


class BackendLabels(SphinxTransform):
    """Put the line in; of cells that follow one another, the first has it."""

    default_priority = 500

    def apply(self):
        """Change nothing on a page without such a cell."""
        for cell in list(self.document.findall(label)):
            index = cell.parent.index(cell)
            if index == 0 or label(cell.parent[index - 1]) != label(cell):
                line = nodes.paragraph("", label(cell), classes=["backend-label"])
                cell.parent.insert(index, line)
