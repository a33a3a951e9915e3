"""Appendix A is a tool for who has an old line, on a phone, too."""

import pytest
from page_problems import PHONE, run_script

PAGE = "book/appendix_backend.html"
ROWS = ".backend-table tbody tr"


@pytest.mark.browser_context_args(**PHONE)
def test_the_filter_is_in_sight_and_so_is_what_it_finds(page, site):
    page.goto(site + PAGE)
    height = PHONE["viewport"]["height"]
    name = page.get_by_label("Name or code")
    form = page.locator(".backend-filter")
    box = form.bounding_box()
    assert box["y"] + box["height"] < height
    name.fill("ctc_batch_cost")
    found = page.locator(f"{ROWS} >> visible=true")
    assert found.count() == 1
    assert found.bounding_box()["y"] < height


def test_each_row_begins_with_today_and_says_something(page, site):
    page.goto(site + PAGE)
    rows = page.locator(ROWS).all()
    assert len(rows) > 137
    for row in rows:
        code, remarks = row.locator("td").all()
        assert code.locator(".backend-code > span").first.text_content() == "today"
        assert remarks.text_content().strip()


def test_the_page_that_is_corrected_is_named_and_linked(page, site):
    page.goto(site + PAGE)
    text = page.locator("article section > p").filter(has_text="UBeaRLy")
    link = text.locator("a").first.get_attribute("href")
    assert link.startswith("https://github.com/") and link.endswith("/backend.md")
    flagged = page.locator(f"{ROWS}[data-wrong=true]")
    corrected = flagged.filter(has=page.locator("strong", has_text="Corrected:"))
    assert 0 < flagged.count() == corrected.count()
    assert "The page:" not in page.locator("article").inner_text()


@pytest.mark.parametrize("width", [375, 1280])
def test_no_word_is_broken(page, site, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(site + PAGE)
    assert run_script(page, "broken_words", f"{ROWS} td") == []
    # It would be seen.
    page.locator(f"{ROWS} td code").first.evaluate("code => code.style.width = '3em'")
    page.add_style_tag(content="code { overflow-wrap: anywhere !important }")
    assert run_script(page, "broken_words", f"{ROWS} td")
