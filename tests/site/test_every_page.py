"""Open every page in a browser and look for what a reader would hit.

`jupyter-book build -W` finds wrong links and references. It says nothing about
formulas that don't render, scripts that fail, requests to another host, text too pale
to read, or a page too wide for a phone: those show only in a browser.
"""

import re

import light_pages
import pytest
from built_site import SITE, pages
from page_problems import PHONE, problems_of_page

BOOK_TITLE = "Keras beyond the built-in layers"
EACH_PAGE = pytest.mark.parametrize("name", pages())


@EACH_PAGE
@pytest.mark.browser_context_args(**PHONE)
def test_page_has_no_problem(page, site, name):
    """Light, quiet, self-contained, rendered, narrow enough, accessible, printable."""
    sentences = [
        f"{where}: {sentence}"
        for where, found in problems_of_page(page, site + name).items()
        for sentence in found
    ]
    if sentences:
        pytest.fail("\n".join(sentences), pytrace=False)


@EACH_PAGE
def test_page_sends_nothing_in_vain(name):
    """A page without a formula loads no MathJax, and no style sheet imports another."""
    text = (SITE / name).read_text()
    assert ("mathjax/startup.js" in text) == ('class="math' in text)
    assert not light_pages.PLAIN.search(text)
    sheets = re.findall(r'_static/([^"?]+\.css)', text)
    assert sheets or name == "404.html"
    for sheet in sheets:
        assert "@import" not in (SITE / "_static" / sheet).read_text(), sheet


@EACH_PAGE
def test_page_introduces_itself(name):
    """What a search result or a preview shows: a title, a description, a picture."""
    head = (SITE / name).read_text().split("<body", 1)[0]
    title = re.search("<title>(.+?)</title>", head, re.DOTALL)
    assert title and BOOK_TITLE in title[1]
    if name.startswith(("book/", "exercises/", "search")):
        description = re.search('<meta name="description" content="(.*?)"', head)
        assert description and len(description[1]) > 40
    if name.startswith(("book/", "exercises/")):
        assert 'property="og:image"' in head
