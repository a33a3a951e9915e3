"""The page of questions: each is answered shortly; a link astray stops the build."""

import datetime
import re

import entry_list
import pytest
import yaml
from repository import ROOT

BOOK = ROOT / "book"
ENTRIES = yaml.safe_load((BOOK / "questions.yml").read_text())
QUESTIONS = [q for group in ENTRIES for q in group["questions"]]
ADDRESS = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+")


def test_there_are_sixty_and_none_twice():
    asked = [question["ask"].casefold() for question in QUESTIONS]
    assert len(set(asked)) == len(asked) >= 60


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q["ask"])
def test_an_answer_is_short(question):
    sentences = re.split(r"(?<=[.?!])\s+(?=[A-Z`{])", question["answer"])
    assert len(sentences) <= 3, sentences


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q["ask"])
def test_a_cell_shows_the_answer(question):
    assert entry_list.cell_link(question["shown"], BOOK)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q["ask"])
def test_somebody_asked_it_since_2024(question):
    assert question["threads"]
    for address, date in question["threads"].items():
        assert ADDRESS.fullmatch(address), address
        assert date >= datetime.date(2024, 1, 1)


def test_a_cell_that_is_gone_is_named_when_the_page_is_built():
    with pytest.raises(ValueError, match="has no code cell nowhere"):
        entry_list.cell_link("01_lambda_layers nowhere", BOOK)
