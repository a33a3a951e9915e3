"""Appendix A is a tool for who has an old line, on a phone, too."""

import pytest
from page_problems import PHONE, run_script

ROWS = ".backend-table tbody tr"


@pytest.fixture(autouse=True)
def appendix(page, site):
    page.goto(f"{site}book/appendix_backend.html")


@pytest.fixture
def rows(page):
    return page.locator(f"{ROWS}:visible")


@pytest.mark.browser_context_args(**PHONE)
def test_the_filter_is_in_sight_and_so_is_what_it_finds(page, rows):
    height = PHONE["viewport"]["height"]
    box = page.locator(".backend-filter").bounding_box()
    assert box["y"] + box["height"] < height
    for typed, expected in [
        ("ctc_batch_cost", ["k-ctc_batch_cost"]),
        ("loss = K.ctc_batch_cost(labels, y, a, b)", ["k-ctc_batch_cost"]),
        ("tf.keras.backend.ctc_decode", ["k-ctc_decode"]),
        ("no_such_function", []),
    ]:
        page.get_by_label("Name or code").fill(typed)
        found = rows.evaluate_all("rows => rows.map(row => row.id)")
        assert found == expected, typed
        assert not found or rows.bounding_box()["y"] < height, typed
        page.get_by_role("button", name="Show all").click()
        page.wait_for_function("() => !document.querySelector('tr.backend-hidden')")


def test_the_filter_obeys_the_keyboard(page, rows):
    """Type a name, go on with Tab, choose a state, and reset with Enter."""
    page.get_by_label("Name or code").focus()
    page.keyboard.type("ctc_decode")
    assert rows.count() == 1
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    state = page.get_by_label("State")
    assert state.evaluate("list => list.selectedIndex") == 1
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_function("() => !document.querySelector('tr.backend-hidden')")


def test_each_row_begins_with_today_and_says_something(rows):
    assert rows.count() > 137
    for row in rows.all():
        code, remarks = row.locator("td").all()
        assert code.locator(".backend-code > span").first.text_content() == "today"
        assert remarks.text_content().strip()


def test_the_page_that_is_corrected_is_named_and_linked(page):
    text = page.locator("article section > p").filter(has_text="UBeaRLy")
    link = text.locator("a").first.get_attribute("href")
    assert link.startswith("https://github.com/") and link.endswith("/backend.md")
    flagged = page.locator(f"{ROWS}[data-wrong=true]")
    corrected = flagged.filter(has=page.locator("strong", has_text="Corrected:"))
    assert 0 < flagged.count() == corrected.count()
    assert "The page:" not in page.locator("article").inner_text()


@pytest.mark.parametrize("width", [375, 1280])
def test_no_word_is_broken(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    assert run_script(page, "broken_words", f"{ROWS} td") == []
    # It would be seen.
    page.locator(f"{ROWS} td code").first.evaluate("code => code.style.width = '3em'")
    page.add_style_tag(content="code { overflow-wrap: anywhere !important }")
    assert run_script(page, "broken_words", f"{ROWS} td")
