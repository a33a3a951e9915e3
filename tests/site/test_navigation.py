"""Every address leads somewhere, also from a folder without a server."""

import re

import pdf
import yaml
from built_site import SITE
from page_problems import wait_for_formulas
from repository import ROOT


def test_front_page_leads_to_the_book(page, site):
    """The address without a file name leads on to the introduction."""
    page.goto(site)
    page.wait_for_url(f"{site}book/intro.html")


def test_site_works_without_a_server(page):
    """From a folder, formulas are drawn and the search finds pages."""
    page.goto((SITE / "book" / "05_ctc_loss_layer.html").as_uri())
    wait_for_formulas(page)
    assert page.locator("mjx-container").count() > 0
    page.goto((SITE / "search.html").as_uri() + "?q=KerasTensor")
    page.wait_for_selector("#search-results li")


def test_next_leads_through_the_whole_book():
    """From the introduction, page after page, in the order of the contents."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    page, visited = SITE / "book" / "intro.html", []
    while page not in visited:
        visited.append(page)
        text = page.read_text()
        if link := re.search(r'class="right-next"\s+href="(.+?)"', text):
            page = (page.parent / link[1]).resolve()
    assert visited == [SITE / f"{name}.html" for name in pdf.pages(toc)]


def test_an_address_that_leads_nowhere_has_a_page():
    assert "<h1>" in (SITE / "404.html").read_text()
