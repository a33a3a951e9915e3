"""Appendix B lists every message of the chapters, and none that no cell gives."""

import textwrap

import message_index
import pytest
from keras_book_grader import messages
from keras_book_grader.notebook import Cell
from nbformat.v4 import new_code_cell, new_notebook, writes
from repository import ROOT

CELLS = messages.cells(ROOT / "book")
ENTRIES = messages.read_entries(ROOT / "book")
WRAPPED = textwrap.fill(f"Warning: {'words ' * 20}end here.", 72)
MESSAGES = messages.all_messages(ROOT / "book")


@pytest.mark.parametrize("entry", MESSAGES, ids=lambda e: e["message"])
def test_a_cell_gives_the_message(entry):
    assert messages.cells_with(entry, CELLS), (
        "no cell of a chapter raises or prints this message any more"
    )
    assert entry["means"] and entry["do"]


@pytest.mark.parametrize(
    "cell",
    [cell for cell in CELLS if cell.raised],
    ids=lambda cell: f"{cell.notebook}: {cell.section}",
)
def test_the_index_lists_what_the_cell_raises(cell):
    assert any(messages.held(cell.raised, e) for e in MESSAGES), (
        f"book/messages.yml has no entry for {cell.raised[:300]}"
    )


@pytest.mark.parametrize("entry", ENTRIES["silent"], ids=lambda e: e.get("what"))
def test_a_cell_shows_the_silent_failure(entry):
    found = [cell for cell in CELLS if entry["cell"] in cell.source]
    assert len(found) == 1, f"{len(found)} cells hold {entry['cell']!r}"
    assert all(entry[key] for key in ("see", "why", "do", "check"))


@pytest.mark.parametrize(
    ("printed", "message", "shown"),
    [
        ("[[1. 0.]]\nNo 'f'\nNo 'g'", "No 'f'", "No 'f'"),
        ("no y:\nValueError: None", "None", "ValueError: None"),
        ("  evaluate: No loss", "No loss", "No loss"),
        ("ndarray   No config", "No config", "No config"),
        ("two words:\nfirst\nsecond", "first second", "first\nsecond"),
        (f"3 layers\n{WRAPPED}\nanother line", "words end here", WRAPPED),
    ],
    ids=["values around it", "its type", "a label", "a column", "two lines", "wrapped"],
)
def test_what_a_cell_prints_around_a_message_is_left_out(printed, message, shown):
    cell = Cell("", outputs=({"output_type": "stream", "text": printed},))
    assert messages.first_lines(cell, message) == shown


def test_no_message_is_listed_twice():
    listed = [entry["message"] for entry in MESSAGES]
    assert len(listed) == len(set(listed))


def test_chapters_are_found_and_ordered_by_their_number(tmp_path):
    names = ["09_nine.ipynb", "10_ten.ipynb", "100_more.ipynb"]
    for name in [*names, "appendix_backend.ipynb"]:
        (tmp_path / name).write_text(writes(new_notebook(cells=[new_code_cell("1")])))
    found = messages.cells(tmp_path)
    assert [cell.notebook for cell in found] == names
    assert [messages.number(name) for name in names] == [9, 10, 100]


@pytest.mark.parametrize(
    "section, anchor",
    [
        ("`Lambda`, and `output_shape`", "lambda-and-output_shape"),
        ("What *you* see: 1 - 2", "what-you-see-1---2"),
    ],
)
def test_a_link_has_the_anchor_of_the_section(section, anchor):
    link = message_index.link("10_ten.ipynb", section)
    assert link == f"[10: {section}](10_ten.ipynb#{anchor})"


def test_an_entry_that_no_cell_gives_is_named_when_the_page_is_built(monkeypatch):
    group = {"title": "", "messages": [{"message": "nothing of the kind"}]}
    monkeypatch.setattr(message_index, "read_entries", lambda book: {"groups": [group]})
    with pytest.raises(ValueError, match="no cell gives 'nothing of the kind'"):
        list(message_index.messages(ROOT / "book"))
