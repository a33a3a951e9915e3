"""The first page shows what the book is, and leads into it."""

import pytest
from built_site import config
from from_cells import cells_of
from page_problems import PHONE
from repository import ROOT

INTRO = "book/intro.html"
LINKS = "links => links.map(link => link.getAttribute('href'))"
DRAWN = "image => image.complete && image.naturalWidth > 0"


def chapters():
    """Return the pages of the chapters, in the order of the contents."""
    parts = config("_toc.yml")["parts"]
    (numbered,) = [part for part in parts if part.get("numbered")]
    files = [chapter["file"] for chapter in numbered["chapters"]]
    return [file.removeprefix("book/") for file in files if file.startswith("book/")]


@pytest.mark.browser_context_args(**PHONE)
def test_it_shows_what_the_models_do_before_anything_else(page, site):
    """On a phone as well, the first picture is in sight, and needs no scrolling."""
    page.goto(site + INTRO)
    pictures = page.locator(".shown-off img")
    assert pictures.count() == 3
    for picture in pictures.all():
        assert picture.evaluate(DRAWN)
        assert picture.get_attribute("loading") is None
    box = pictures.first.bounding_box()
    assert box["y"] + box["height"] < PHONE["viewport"]["height"]


def test_each_chapter_has_a_card_with_a_line_and_a_figure(page, site):
    page.goto(site + INTRO)
    cards = page.locator(".chapters .sd-card")
    assert cards.count() == len(chapters())
    for card, chapter in zip(cards.all(), chapters(), strict=True):
        link = card.locator("a").first
        assert link.get_attribute("href") == f"{chapter}.html"
        assert len(card.inner_text()) > len(link.inner_text()) + 20
        figure = card.locator("img")
        figure.scroll_into_view_if_needed()
        page.wait_for_function(DRAWN, arg=figure.element_handle())


def test_its_doors_lead_to_pages(page, site):
    page.goto(site + INTRO)
    doors = page.locator(".doors .sd-card a").evaluate_all(LINKS)
    assert doors[0] == f"{chapters()[0]}.html"
    for wanted in ("what_to_write_today", "appendix_backend", "appendix_messages"):
        assert any(wanted in door for door in doors)


def test_the_old_line_its_error_and_the_new_line_are_those_of_cells(page, site):
    cells = cells_of(ROOT / "book" / "what_to_write_today.ipynb")
    page.goto(site + INTRO)
    shown = page.locator(".sd-card pre").all_inner_texts()
    old, error, new = (" ".join(text.split()) for text in shown)
    assert old in cells["operation-old"].source
    assert error in cells["operation-old"].raised
    assert new in cells["operation-today"].source
