"""The table of rules in CONTRIBUTING.md names files that say what it says they say."""

import re

import pytest
from repository import ROOT

ROW = re.compile(r"^\| .+ \| `([\w./]+)` \| `(.+)` \|$", re.MULTILINE)
RULES = ROW.findall((ROOT / "CONTRIBUTING.md").read_text())


@pytest.mark.parametrize("place, message", RULES)
def test_a_rule_stands_where_the_table_says(place, message):
    place = ROOT / place
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert any(message in path.read_text() for path in files)


def test_the_table_has_been_read():
    assert len(RULES) > 20
