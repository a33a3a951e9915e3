"""Above each cell that doesn't run on every backend, a line that says so."""

from docutils import nodes
from sphinx.transforms import SphinxTransform

LABELS = {"tensorflow-only": "TensorFlow only", "not-on-torch": "Not on PyTorch"}


def label(node):
    """Return what stands above a cell, if anything; MyST-NB makes its tags classes."""
    if not isinstance(node, nodes.container):
        return None
    classes = [name.removeprefix("tag_") for name in node.get("classes", [])]
    return next((LABELS[name] for name in classes if name in LABELS), None)


class BackendLabels(SphinxTransform):
    """Put the line in; of cells that follow one another, the first has it."""

    default_priority = 500

    def apply(self):
        """Change nothing on a page without such a cell."""
        for cell in list(self.document.findall(label)):
            place = cell.parent.index(cell)
            if place == 0 or label(cell.parent[place - 1]) != label(cell):
                line = nodes.paragraph("", label(cell), classes=["backend-label"])
                cell.parent.insert(place, line)


def setup(app):
    """Register with Sphinx."""
    app.add_transform(BackendLabels)
    return {"parallel_read_safe": True}
