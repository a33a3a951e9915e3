"""The field for errors answers as the grader does, on each page that has it."""

import pytest
import yaml
from built_site import SITE
from keras_book_grader import weighing
from page_problems import PHONE, problems_on_screens
from repository import ROOT

APPENDIX = SITE / "book" / "appendix_messages.html"
ENTRIES, KNOWS = weighing.of_book(ROOT / "book")
PASTES = yaml.safe_load((ROOT / "tests" / "pastes.yml").read_text())
KNOWN = "TypeError: Could not locate function 'my_own'. Make sure custom classes and"
TITLE = "Could not locate function"
FOREIGN = "ZeroDivisionError: division by zero"


@pytest.fixture
def field(page):
    """Open Appendix B; give its field."""
    page.goto(APPENDIX.as_uri())
    return page.get_by_label("Paste it here")


def found(page):
    return page.locator(".error-field h2")


def status(page):
    return page.locator(".error-field [role=status]").inner_text()


def test_the_page_ranks_as_the_grader_does(page, field):
    page.evaluate("() => loadEntries().then(() => null)")
    pastes = [
        paste
        for part in PASTES.values()
        for paste in [*(case["paste"] for case in part["belong"]), *part["foreign"]]
    ]
    titles = "pastes => pastes.map((paste) => rank(paste).map((e) => e.title))"
    for paste, ranked in zip(pastes, page.evaluate(titles, pastes), strict=True):
        assert ranked == [ENTRIES[place]["message"] for place in KNOWS.rank(paste)], (
            paste
        )


@pytest.mark.parametrize("name", ["appendix_messages", "intro"])
def test_what_is_pasted_is_answered_at_once(page, name):
    page.goto((SITE / "book" / f"{name}.html").as_uri())
    field = page.get_by_label("Paste it here")
    field.fill(KNOWN)
    assert found(page).inner_text() == TITLE
    assert page.locator(".error-field").get_by_text("Do.").first.is_visible()
    link = page.locator(".error-field").get_by_role("link", name="A model that refuses")
    link.click()
    assert "07_beyond_lambda.html#a-model-that-refuses-to-load" in page.url
    page.go_back()
    field.fill(FOREIGN)
    page.get_by_text("No entry of Appendix B fits").wait_for()
    assert found(page).count() == 0
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function("() => !document.querySelector('textarea').value")
    assert status(page) == ""


def test_the_field_obeys_the_keyboard(page, field):
    """Type, and go on with Tab to the button, the entry and the two below."""
    field.focus()
    page.keyboard.type("InvalidArgumentError: Incompatible shapes: [3,9] vs. [4,9]")
    assert found(page).inner_text() == "Incompatible shapes:"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#incompatible-shapes")


def test_what_is_looked_for_in_the_search_is_taken_for_an_error(page):
    search = (SITE / "search.html").as_uri()
    page.goto(f"{search}?q=name 'tf' is not defined")
    assert found(page).inner_text() == "name 'factor' is not defined"
    results = page.locator("#search-results").bounding_box()
    assert found(page).bounding_box()["y"] < results["y"]
    page.goto(f"{search}?q=sampling")
    page.wait_for_selector(".error-field textarea")
    assert found(page).count() == 0 and status(page) == ""


def test_a_paste_is_text_and_nothing_else(page, field):
    attack = "<img src=x onerror=document.title=1><script>document.title=1</script>"
    field.fill(f"{KNOWN} {attack}")
    assert found(page).inner_text() == TITLE
    assert page.locator(".error-field :is(img, script)").count() == 0
    assert page.title() != "1"


def test_who_comes_back_finds_the_paste_again(page):
    page.goto((SITE / "book" / "intro.html").as_uri())
    page.get_by_label("Paste it here").fill(KNOWN)
    found(page).wait_for()
    page.goto((SITE / "book" / "glossary.html").as_uri())
    page.go_back()
    assert found(page).inner_text() == TITLE
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function("() => !sessionStorage.getItem('error')")
    page.reload()
    assert page.get_by_label("Paste it here").input_value() == ""


def test_who_types_is_told_once_at_rest(page, field):
    page.evaluate("() => loadEntries().then(() => null)")
    page.evaluate("""() => {
      window.told = 0;
      const status = document.querySelector(".error-field [role=status]");
      new MutationObserver(() => window.told++).observe(status, { childList: true });
    }""")
    field.press_sequentially(KNOWN[:40], delay=20)
    found(page).wait_for()
    assert page.evaluate("() => window.told") == 1


def test_without_a_connection_the_field_says_so_and_tries_again(page, site):
    page.goto(f"{site}book/intro.html")
    page.route("**/error_entries.js", lambda route: route.abort())
    field = page.get_by_label("Paste it here")
    field.fill(KNOWN)
    page.get_by_text("can't be loaded now").wait_for()
    page.unroute("**/error_entries.js")
    field.fill(f"{KNOWN} x")
    assert found(page).inner_text() == TITLE


@pytest.mark.browser_context_args(**PHONE)
@pytest.mark.parametrize("name", ["book/appendix_messages", "book/intro", "search"])
def test_an_answer_can_be_read_on_every_screen(page, site, name):
    page.goto(f"{site}{name}.html")
    page.get_by_label("Paste it here").fill(PASTES["tuned"]["belong"][0]["paste"])
    found(page).wait_for()
    page.locator(".error-field details").evaluate_all(
        "boxes => boxes.forEach((box) => { box.open = true; })"
    )
    devtools = page.context.new_cdp_session(page)
    problems = problems_on_screens(page, devtools, ".error-field")
    assert not any(problems.values()), problems
