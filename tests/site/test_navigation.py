"""Every address leads somewhere, also from a folder without a server."""

import re
from urllib.parse import urlsplit

import pdf
import pytest
from built_site import SITE, config
from chromium import wait_for_formulas
from public_address import site_address

LINKS = "links => links.map(link => link.href)"


def test_front_page_leads_to_the_book(page, site):
    """The address without a file name leads on to the introduction."""
    page.goto(site)
    page.wait_for_url(f"{site}book/intro.html")


@pytest.mark.parametrize("width", [375, 1280])
def test_an_address_within_a_long_page_leads_there_at_once(page, width):
    page.set_viewport_size({"width": width, "height": 812})
    name = "wrong-and-no-message"
    page.goto(f"{(SITE / 'book' / 'appendix_messages.html').as_uri()}#{name}")
    page.wait_for_load_state("networkidle")
    top = page.locator(f"#{name}").evaluate("it => it.getBoundingClientRect().top")
    assert 0 < top < 120


def test_formulas_are_drawn_without_a_server(page):
    page.goto((SITE / "book" / "05_ctc_loss_layer.html").as_uri())
    wait_for_formulas(page)
    assert page.locator("mjx-container").count() > 0


def test_next_leads_through_the_whole_book():
    """From the introduction, page after page, in the order of the contents."""
    page, visited = SITE / "book" / "intro.html", []
    while page not in visited:
        visited.append(page)
        text = page.read_text()
        if link := re.search(r'class="right-next"\s+href="(.+?)"', text):
            page = (page.parent / link[1]).resolve()
    assert visited == [SITE / f"{name}.html" for name in pdf.pages()]


def test_an_address_that_leads_nowhere_has_doors(page, site):
    """Under any path, the page that is sent has its style, and leads to pages."""
    wrong = f"{site}some/project/book/gone.html"
    page.route(wrong, lambda route: route.fulfill(path=SITE / "404.html"))
    page.goto(wrong)
    font = page.locator("body").evaluate("body => getComputedStyle(body).fontFamily")
    assert "sans-serif" in font
    published = site_address(config()["html"]["baseurl"])
    root = published and urlsplit(published).path
    doors = page.locator("li a")
    addresses = [urlsplit(link).path for link in doors.evaluate_all(LINKS)]
    assert f"{root or '/some/project/'}book/intro.html" in addresses
    assert len(addresses) > len(config("_toc.yml")["parts"])
    for address in addresses:
        assert (SITE / address.removeprefix(root or "/some/project/")).exists()
    assert "search.html" in page.locator("form").get_attribute("action")
