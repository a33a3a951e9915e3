"""Every notebook of the book and of the solutions keeps every rule."""

import nbformat
import notebook_rules
import pytest
from repository import ROOT, notebooks_in


@pytest.mark.parametrize("rule", notebook_rules.ALL_RULES, ids=lambda r: r.__name__)
@pytest.mark.parametrize(
    "path",
    notebooks_in("book") + notebooks_in("solutions"),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_notebook_keeps_the_rule(path, rule):
    breaches = list(rule(nbformat.read(path, as_version=nbformat.NO_CONVERT)))
    assert not breaches, f"{path.relative_to(ROOT)}: " + "; ".join(breaches)
