"""An error as it is pasted is answered with its entry of Appendix B, or with none."""

import re
import time

import pytest
import yaml
from keras_book_grader import weighing
from repository import ROOT

PASTES = yaml.safe_load((ROOT / "tests" / "pastes.yml").read_text())
BELONG = [paste for part in PASTES.values() for paste in part["belong"]]
FOREIGN = [paste for part in PASTES.values() for paste in part["foreign"]]
ENTRIES, KNOWS = weighing.of_book(ROOT / "book")
CELLS = weighing.cells(ROOT / "book")


def offered(paste):
    """Return the messages of the entries that are offered, the best first."""
    return [ENTRIES[place]["message"] for place in KNOWS.rank(paste)]


def last_line(paste):
    return paste.strip().splitlines()[-1][-100:]


@pytest.mark.parametrize("case", BELONG, ids=lambda case: last_line(case["paste"]))
def test_the_right_entry_is_among_those_offered(case):
    assert case["says"] in offered(case["paste"])


def test_the_right_entry_is_mostly_the_first():
    wrong = [c["says"] for c in BELONG if offered(c["paste"])[:1] != [c["says"]]]
    assert len(BELONG) >= 60
    assert len(wrong) <= 0.05 * len(BELONG), wrong


@pytest.mark.parametrize("paste", FOREIGN, ids=last_line)
def test_nothing_is_offered_for_what_belongs_to_no_entry(paste):
    assert offered(paste) == []


def test_no_paste_names_somebodys_folder():
    pastes = [case["paste"] for case in BELONG] + FOREIGN
    folders = r"/(?:home|root|Users|work)/|pyenv"
    assert not [last_line(paste) for paste in pastes if re.search(folders, paste)]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["message"])
def test_what_the_cells_print_finds_the_entry(entry):
    around = [need.partition("|")[0] for need in entry.get("around", ())]
    paste = "\n\n".join([*around, weighing.printed(entry, CELLS)])
    assert entry["message"] in offered(paste)


@pytest.mark.parametrize(
    "paste",
    ["", " ", "\n" * 200_000, "{{" * 100_000, "ValueError: x\n" * 20_000, "a/" * 10**5],
    ids=["empty", "blank", "lines", "braces", "errors", "slashes"],
)
def test_what_is_no_error_is_answered_soon(paste):
    started = time.perf_counter()
    assert offered(paste) == []
    assert time.perf_counter() - started < 20
