"""A page can be read with a keyboard, with a finger, without scripts, and on paper."""

import io

import pytest
from keras_book_grader.messages import all_messages
from page_problems import PHONE
from pypdf import PdfReader
from repository import ROOT

NOTES = ".s2d p >> visible=true"


def test_moving_pixels_obey_the_keyboard(page, site):
    """Tab reaches the figure of chapter 4, arrows step, and the focus is seen."""
    page.goto(site + "book/04_space_to_depth.html")
    page.locator(".cell:has(.s2d) summary").last.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert "Channel 0 gets" in page.locator(NOTES).inner_text()
    page.keyboard.press("ArrowRight")
    assert "Channel 1 gets" in page.locator(NOTES).inner_text()
    outline = page.locator(".s2d input:focus").evaluate(
        "button => getComputedStyle(button).outlineStyle"
    )
    assert outline != "none"


@pytest.mark.browser_context_args(**PHONE)
def test_moving_pixels_obey_a_finger(page, site):
    page.goto(site + "book/04_space_to_depth.html")
    page.get_by_role("radio", name="bottom right").tap()
    assert "Channel 3 gets" in page.locator(NOTES).inner_text()


@pytest.mark.browser_context_args(java_script_enabled=False, **PHONE)
def test_pages_show_their_content_without_scripts(page, site):
    """Text, figures, hints, answers, an interactive figure; formulas as source."""
    page.goto(site + "book/04_space_to_depth.html")
    page.get_by_role("radio", name="top right").click()
    assert "Channel 1 gets" in page.locator(NOTES).inner_text()
    figures = page.locator("article img")
    assert figures.count()
    for figure in figures.all():
        assert figure.bounding_box()["height"] > 50
    page.goto(site + "book/appendix_backend.html")
    rows = page.locator(".backend-table tbody tr")
    assert 0 < rows.count() == rows.locator("visible=true").count()
    page.goto(site + "book/appendix_messages.html")
    messages = page.locator("article h3:visible")
    assert messages.count() > len(all_messages(ROOT / "book"))
    assert page.locator(".error-field :is(textarea, button)").count() == 0
    page.goto(site + "book/05_ctc_loss_layer.html")
    assert page.get_by_text("The first and the third path say").is_visible()
    assert page.get_by_label("Show the answers").count() == 0
    page.goto(site + "exercises/01_lambda_layers/01_lambda_layers.html")
    hint = page.locator("article details").first
    hint.locator("summary").click()
    assert hint.locator("p").is_visible()
    assert r"\frac" in page.locator("div.math").first.inner_text()


@pytest.mark.browser_context_args(color_scheme="dark")
def test_a_dark_page_is_printed_dark_on_white(page, site):
    """The text is on the paper; afterwards the page is as it was, boxes closed."""
    page.goto(site + "exercises/01_lambda_layers/01_lambda_layers.html")
    page.evaluate(
        "() => addEventListener('beforeprint', () => {"
        " window.printed = document.documentElement.dataset.theme; })"
    )
    hint = page.locator("article details p").first
    assert not hint.is_visible()
    paper = PdfReader(io.BytesIO(page.pdf()))
    text = "".join(sheet.extract_text() for sheet in paper.pages)
    assert "".join(hint.text_content().split()) in "".join(text.split())
    assert page.evaluate("() => window.printed") == "light"
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("article details[open]").count() == 0
