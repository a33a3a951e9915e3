"""The search finds what a learner asks for, from a folder without a server."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from built_site import SITE
from page_problems import PHONE
from playwright.sync_api import expect

ASKED = yaml.safe_load(Path(__file__).with_name("how_to_questions.yml").read_text())
FIELDS = ".bd-search:visible"
FIRST_THREE = """async (questions) => {
  const index = await sectionIndex;
  const pages = (question) => rankPages(question, index).map(({ page }) => page);
  return questions.map((question) =>
    pages(question).slice(0, 3).map((page) => index.pages[page][0]),
  );
}"""


def results(page, question):
    """Return the pages that are found, the best first, without suffixes."""
    page.goto(f"{(SITE / 'search.html').as_uri()}?q={quote(question)}")
    page.wait_for_selector("#search-results [role=status]")
    links = page.locator("#search-results > ul > li > a")
    addresses = links.evaluate_all("links => links.map(a => a.getAttribute('href'))")
    return [address.partition(".html")[0] for address in addresses]


def chapter(page):
    """Return what the pages of a chapter share, as "book/04"; of another page, all."""
    return re.sub(r"^(book/\d+)_.*", r"\1", page)


@pytest.mark.parametrize(
    ("questions", "enough"),
    [
        ("written_first", 39),
        ("written_last", 18),
        ("written_later", 30),
        ("written_by_a_reader", 34),
    ],
)
def test_the_right_page_is_among_the_first_three(page, questions, enough):
    """Of so many questions, at least enough; asked without loading a page for each."""
    asked = ASKED[questions]
    page.goto((SITE / "search.html").as_uri())
    found = page.evaluate(FIRST_THREE, [question["ask"] for question in asked])
    missed = []
    for question, first_three in zip(asked, found, strict=True):
        right = question["page"]
        right = [right] if isinstance(right, str) else right
        if not set(map(chapter, first_three)) & set(map(chapter, right)):
            missed.append(f"{question['ask']}: {', '.join(first_three)}")
    assert len(asked) - len(missed) >= enough, "\n".join(missed)


@pytest.mark.parametrize(
    "spelling",
    "reparameterization reparametrisation reparametrization reparameterisation".split(),
)
def test_one_word_in_all_its_spellings(page, spelling):
    assert "book/03_vae_sampling" in results(page, spelling)[:3]


@pytest.mark.parametrize(
    "query", ["ctc loss", "qwxyzzy", "how do i", "42", "<b>&", "constructor"]
)
def test_any_query_is_answered_quietly_from_a_folder(page, query):
    """Nothing of it becomes a part of the page; nothing is fetched, and so refused."""
    problems = []
    page.on("pageerror", lambda error: problems.append(error))
    page.on("requestfailed", lambda request: problems.append(request.url))
    found = results(page, query)
    said = page.locator("#search-results [role=status]").inner_text()
    assert said.startswith("Found on" if found else "No page")
    assert page.locator("#search-results b").count() == 0
    if found:
        page.locator("#search-results > ul > li > a").first.click()
        page.wait_for_selector("article h1")
    assert found or query != "ctc loss"
    assert not problems


def covered(page):
    """Say whether the magnifying glass lies over the field, in the form in sight."""
    form = page.locator(FIELDS).first
    icon = form.locator(".fa-magnifying-glass").bounding_box()
    field = form.locator("input").bounding_box()
    return icon["x"] + icon["width"] > field["x"] + 1


@pytest.mark.parametrize(
    "viewport", [PHONE["viewport"], {"width": 1280, "height": 900}]
)
def test_the_icon_leaves_the_first_letter_free(page, site, viewport):
    page.set_viewport_size(viewport)
    page.goto(site + "search.html?q=lambda")
    assert not covered(page)
    page.goto(site + "book/intro.html")
    page.keyboard.press("Control+K")
    page.wait_for_selector(f"dialog {FIELDS}, .search-button__wrapper.show {FIELDS}")
    assert not covered(page)


def test_the_questions_are_filtered_by_words(page, site):
    page.goto(site + "book/questions.html")
    field = page.get_by_label("Words")
    shown = page.locator("#question-filter [role=status]")
    everything = shown.inner_text()
    field.fill("LoRA nothing of the kind")
    assert shown.inner_text().startswith("0 of")
    field.fill("ctc padding")
    count = page.locator("article h3:visible").count()
    assert count and shown.inner_text().startswith(f"{count} of")
    page.get_by_role("button", name="Show all").click()
    expect(shown).to_have_text(everything)
