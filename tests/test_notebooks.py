"""Every notebook of the book and of the solutions keeps every rule."""

import notebook_rules
import pytest
from repository import ROOT, notebooks_in


@pytest.mark.parametrize("rule", notebook_rules.ALL_RULES, ids=lambda r: r.__name__)
@pytest.mark.parametrize(
    "path",
    notebooks_in("book", "solutions"),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_notebook_keeps_the_rule(path, rule):
    breaches = list(rule(notebook_rules.read(path)))
    assert not breaches, f"{path.relative_to(ROOT)}: " + "; ".join(breaches)
