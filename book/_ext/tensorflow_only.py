"""Above each cell with the tag `tensorflow-only`, a line that says so."""

from docutils import nodes
from sphinx.transforms import SphinxTransform

LABEL = "TensorFlow only"


def marked(node):
    """Say whether a node is a cell with the tag; MyST-NB makes a class of each tag."""
    return isinstance(node, nodes.container) and (
        "tag_tensorflow-only" in node.get("classes", [])
    )


class TensorFlowOnly(SphinxTransform):
    """Put the line in; of cells that follow one another, the first has it."""

    default_priority = 500

    def apply(self):
        """Change nothing on a page without such a cell."""
        for cell in list(self.document.findall(marked)):
            place = cell.parent.index(cell)
            if place == 0 or not marked(cell.parent[place - 1]):
                line = nodes.paragraph("", LABEL, classes=["tensorflow-only"])
                cell.parent.insert(place, line)


def setup(app):
    """Register with Sphinx."""
    app.add_transform(TensorFlowOnly)
    return {"parallel_read_safe": True}
