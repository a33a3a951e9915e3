"""Appendix B lists every message of the chapters, and none that no cell gives."""

import message_index
import pytest

CELLS = message_index.cells()
ENTRIES = message_index.read_entries()
MESSAGES = [
    entry for group in ENTRIES["groups"] for entry in group["messages"]
]


@pytest.mark.parametrize("entry", MESSAGES, ids=lambda e: e["message"])
def test_a_cell_gives_the_message(entry):
    assert message_index.cells_with(entry, CELLS), (
        "no cell of a chapter raises or prints this message any more"
    )
    assert entry["means"] and entry["do"]


@pytest.mark.parametrize(
    "cell",
    [cell for cell in CELLS if cell.raised],
    ids=lambda cell: f"{cell.notebook}: {cell.section}",
)
def test_the_index_lists_what_the_cell_raises(cell):
    assert any(message_index.holds(cell.raised, e) for e in MESSAGES), (
        f"book/messages.yml has no entry for {cell.raised[:300]}"
    )


@pytest.mark.parametrize(
    "entry", ENTRIES["silent"], ids=lambda e: e["what"]
)
def test_a_cell_shows_the_silent_failure(entry):
    found = [cell for cell in CELLS if entry["cell"] in cell.source]
    assert len(found) == 1, f"{len(found)} cells hold {entry['cell']!r}"
    assert entry["why"] and entry["check"]


def test_no_message_is_listed_twice():
    listed = [entry["message"] for entry in MESSAGES]
    assert len(listed) == len(set(listed))
