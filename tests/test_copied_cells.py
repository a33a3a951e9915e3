"""What a page takes over from another page of its chapter is the same there."""

import ast

import pytest
from definitions import bound, statements
from notebook_rules import code_cells, read, tags
from repository import ROOT, notebooks_in

TAG = "from-chapter"
DEFINITIONS = ast.FunctionDef | ast.ClassDef


def copies():
    """Yield a page, and the name of a function or class that it has copied."""
    for path in notebooks_in("book"):
        for _, cell in code_cells(read(path)):
            if TAG in tags(cell):
                for node in ast.parse(cell.source).body:
                    if isinstance(node, DEFINITIONS):
                        yield path, bound(node)[0]


@pytest.mark.parametrize("path, name", copies(), ids=str)
def test_a_copy_is_the_same_as_in_the_chapter(path, name):
    number = path.name.partition("_")[0]
    siblings = [p for p in path.parent.glob(f"{number}_*.ipynb") if p != path]
    originals = {statements(p)[name][1] for p in siblings if name in statements(p)}
    assert originals == {statements(path)[name][1]}


def test_chapter_8_holds_the_same_check_layer():
    def marked(name):
        cells = code_cells(read(ROOT / "book" / name))
        return "\n\n\n".join(c.source for _, c in cells if "check-layer" in tags(c))

    copy = marked("08_todays_layers.ipynb")
    assert copy == marked("07_check_layer.ipynb"), (
        "put the cells with the tag check-layer of chapter 7 into chapter 8"
    )
