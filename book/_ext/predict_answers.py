"""The answer to a "Predict:" is folded, until a reader opens it.

A prompt is a quotation that begins with "Predict:". Its answer is what the code cells
right under it put out, and the block of text behind them. Where more text belongs to
it, the comment `<!-- end of the answer -->` stands behind that. In the notebook nothing
is folded, nor is it on a page without scripts or on paper.
"""

from itertools import takewhile

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx_design.shared import create_component

PROMPT = "Predict:"
END = "<!-- end of the answer -->"


def is_prompt(node):
    """Say whether a node is a quotation that asks the reader to predict."""
    return isinstance(node, nodes.block_quote) and node.astext().startswith(PROMPT)


def is_other(node):
    """Say whether a node begins something else: another question, or a section."""
    return is_prompt(node) or isinstance(node, nodes.section)


def is_cell(node):
    """Say whether a node is a code cell."""
    return node.get("nb_element") == "cell_code"


def taken_from(cell):
    """Take what belongs to the answer: a drawing with its code, or else the output."""
    if "tag_hide-input" in cell["classes"]:
        cell.parent.remove(cell)
        return [cell]
    outputs = [o for o in cell.children if o.get("nb_element") == "cell_code_output"]
    for output in outputs:
        cell.remove(output)
    return [nodes.container("", o, classes=["cell", "docutils"]) for o in outputs]


def text_of_answer(behind):
    """Return the first block behind the cells, or all up to the comment."""
    text = list(takewhile(lambda node: not is_other(node), behind))
    ends = (n for n, node in enumerate(text) if node.astext().strip() == END)
    return text[: next(ends, 1)]


class PredictAnswers(SphinxTransform):
    """Move each answer into a box that can be folded."""

    default_priority = 490  # before the lines above cells that need TensorFlow

    def apply(self):
        """Change nothing on a page without a prompt."""
        for prompt in list(self.document.findall(is_prompt)):
            parent = prompt.parent
            behind = parent.children[parent.index(prompt) + 1 :]
            cells = list(takewhile(is_cell, behind))
            if not cells:
                continue
            text = text_of_answer(behind[len(cells) :])
            box = folded()
            parent.insert(parent.index(cells[-1]) + 1, box)
            for cell in cells:
                box += taken_from(cell)
            for block in text:
                parent.remove(block)
                box += block


def folded():
    """Return an empty box that can be folded, as those of sphinx-design are."""
    box = create_component(
        "dropdown",
        opened=True,  # a script closes it
        type="dropdown",
        has_title=True,
        icon=None,
        chevron=None,
        container_classes=["sd-mb-3", "predict-answer"],
        title_classes=[],
        body_classes=[],
    )
    box += nodes.rubric("", "Answer")
    return box
