"""A chapter is short, and its answers are not in sight of its questions."""

import re

import pytest
from built_site import SITE

PROMPT = "<strong>Predict:</strong>"
ANSWER = "details.predict-answer"
EACH_CHAPTER = pytest.mark.parametrize(
    "path", sorted((SITE / "book").glob("0*.html")), ids=lambda path: path.stem
)
SCREEN = {"width": 1280, "height": 900}
LONGEST = 31  # screens; 30 are meant, and other fonts make a page a little longer


@EACH_CHAPTER
def test_each_question_has_an_answer_that_is_sent_open(path):
    """Or without scripts it could not be read."""
    text = path.read_text()
    answers = re.findall(r"<details [^>]*predict-answer[^>]*>", text)
    assert text.count(PROMPT) == len(answers)
    assert all(re.search(r"\bopen\b", answer) for answer in answers)


def test_answers_are_folded_until_they_are_asked_for(page, site):
    page.goto(site + "book/05_ctc_loss_layer.html")
    answer = page.locator(ANSWER).first
    text = answer.get_by_text("The first and the third path say")
    assert not text.is_visible()
    assert page.locator(f"{ANSWER}[open]").count() == 0
    answer.locator("summary").focus()
    page.keyboard.press("Enter")
    assert text.is_visible()
    assert answer.locator(".cell_output").is_visible()
    assert page.locator(f"{ANSWER}[open]").count() == 1


@EACH_CHAPTER
@pytest.mark.browser_context_args(viewport=SCREEN)
def test_a_chapter_is_not_too_long(page, site, path):
    """A part that most readers can do without becomes a page of its own."""
    page.goto(f"{site}book/{path.name}")
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height / SCREEN["height"] <= LONGEST


@pytest.mark.parametrize("server", [True, False], ids=["served", "from a folder"])
def test_one_box_opens_all_of_them_and_is_remembered(page, site, server):
    root = site if server else SITE.as_uri() + "/"
    page.goto(root + "book/05_ctc_loss_layer.html")
    page.get_by_label("Show the answers").focus()
    page.keyboard.press("Space")
    count = page.locator(ANSWER).count()
    assert count == page.locator(f"{ANSWER}[open]").count() > 0
    page.goto(root + "book/02_passing_arguments.html")
    page.wait_for_selector(f"{ANSWER}.ready")
    assert page.locator(f"{ANSWER}:not([open])").count() == 0
    page.get_by_label("Show the answers").uncheck()
    assert page.locator(f"{ANSWER}[open]").count() == 0
