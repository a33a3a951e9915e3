"""What the theme is made to do: contents, focus, folded code, formulas, links."""

import re
import subprocess
import sys

import public_address
import pytest
from built_site import SITE
from fontTools.ttLib import TTFont
from nbformat.v4 import new_markdown_cell, new_notebook, writes
from page_problems import run_script
from repository import ROOT

ICONS = """() => [...document.querySelectorAll("*")]
  .flatMap((one) => ["::before", "::after"].map((at) => getComputedStyle(one, at)))
  .filter((style) => style.fontFamily.includes("Awesome") && style.content.length === 3)
  .map((style) => style.content[1])"""
SEEN = """() => {
  const focused = document.activeElement;
  const box = focused.getBoundingClientRect();
  const style = getComputedStyle(focused);
  return [focused.outerHTML.slice(0, 120), box.width > 0 && box.bottom > 0 &&
    style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
}"""


def test_contents_show_sub_sections_and_mark_where_one_is(page, site):
    page.goto(site + "book/05_ctc_loss_layer.html")
    inner = page.locator(".page-toc li li a")
    assert 0 < inner.count() == inner.locator("visible=true").count()
    last = inner.last
    heading = page.locator(last.get_attribute("href")).locator("h3").first
    heading.evaluate("heading => heading.scrollIntoView()")
    page.wait_for_selector(".page-toc [aria-current]")
    marked = page.locator(".page-toc [aria-current]")
    assert marked.count() == 1
    box = marked.bounding_box()
    assert 0 <= box["y"] < page.viewport_size["height"]


@pytest.mark.parametrize(
    "name", ["intro", "appendix_backend", "05_ctc_loss_layer", "exercises"]
)
def test_focus_is_seen_wherever_tab_leads(page, site, name):
    page.goto(f"{site}book/{name}.html")
    page.wait_for_load_state("networkidle")
    for _ in range(70):
        page.keyboard.press("Tab")
        run_script(page, "settle")
        element, seen = page.evaluate(SEEN)
        assert seen or element.startswith("<body"), element


@pytest.mark.parametrize("name", ["intro", "05_ctc_loss_layer", "exercises"])
def test_the_font_of_icons_has_those_of_a_page(page, name):
    fonts = SITE / "_static" / "vendor" / "fontawesome" / "webfonts"
    drawn = {chr(code) for code in TTFont(fonts / "fa-solid-900.woff2").getBestCmap()}
    page.goto((SITE / "book" / f"{name}.html").as_uri())
    shown = set(page.evaluate(ICONS))
    assert len(shown) > 5 and shown <= drawn


def test_words_without_an_element_lose_no_colour():
    """In both themes, what is left plain would have the colour of the text."""
    style = (SITE / "_static" / "pygments.css").read_text()
    colours = dict(re.findall(r"^(html.+?) \{.*color: (#\w+) \}", style, re.M))
    for theme in ("light", "dark"):
        text = f'html[data-theme="{theme}"] .highlight'
        for kind in ("n", "nn", "p", "w"):
            assert colours[f"{text} .{kind}"] == colours[text]


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("book/*.ipynb")), ids=lambda p: p.stem
)
def test_folding_leaves_the_notebook_to_download_as_it_is(path):
    copy = SITE / "_sources" / "book" / path.name
    assert copy.read_bytes() == path.read_bytes()


def test_addresses_are_taken_from_github_unless_they_are_set():
    github = {"GITHUB_REPOSITORY": "someone/a-book"}
    other = github | {"GITHUB_SERVER_URL": "https://git.example.org"}
    ask = public_address.repository_address
    assert ask("", {}) == ""
    assert ask("", github) == "https://github.com/someone/a-book"
    assert ask("", other) == "https://git.example.org/someone/a-book"
    assert ask("https://github.com/me/mine", github) == "https://github.com/me/mine"
    pages = {"SITE_ADDRESS": "https://book.example.org"}
    ask = public_address.site_address
    assert ask("", github) == ""
    assert ask("", pages) == "https://book.example.org/"
    assert ask("https://me.example.org/", pages) == "https://me.example.org/"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Build a book of three pages as GitHub would; return {page: HTML}."""
    source, built = (tmp_path_factory.mktemp(name) for name in ("source", "built"))
    (source / "conf.py").write_text(f"""
extensions = ["myst_nb", "sphinx_design", "book_extension"]
html_theme, html_title = "sphinx_book_theme", "A book"
html_theme_options = {{"repository_branch": "main", "launch_buttons":
    {{"colab_url": "https://colab.research.google.com"}}}}
nb_execution_mode = "off"
templates_path = [{str(ROOT / "book" / "_templates")!r}]
html_additional_pages = {{"404": "404.html"}}
html_sourcelink_suffix = ""
""")
    (source / "index.md").write_text(
        "# A book\n\n```{get-the-folder}\nYou have it.\n```\n\n"
        "```{toctree}\nmarkdown\nnotebook\n```\n"
    )
    (source / "markdown.md").write_text("# In words\n")
    notebook = new_notebook(cells=[new_markdown_cell("# In cells")])
    (source / "notebook.ipynb").write_text(writes(notebook))
    environment = {
        "PYTHONPATH": f"{ROOT / 'book' / '_ext'}:{ROOT / 'grader'}",
        "GITHUB_REPOSITORY": "someone/a-book",
        "SITE_ADDRESS": "https://someone.example.org/a-book",
    }
    command = [sys.executable, "-m", "sphinx", "-W", "-q", str(source), str(built)]
    subprocess.run(command, env=environment, check=True)
    return {path.stem: path.read_text() for path in built.glob("*.html")}


def test_a_page_that_is_a_notebook_opens_in_colab(published):
    under_title = r"</h1>\s*<p class=\"page-links[^>]*>(.*?)</p>"
    line = re.search(under_title, published["notebook"])[1]
    path = "github/someone/a-book/blob/main/notebook.ipynb"
    link = f'<a href="https://colab.research.google.com/{path}">Open in Colab</a>'
    assert link in line
    assert '<a href="_sources/notebook.ipynb" download>Download this notebook' in line


def test_another_page_leads_to_its_source(published):
    address = "https://github.com/someone/a-book/blob/main/markdown.md"
    assert f'<a href="{address}">Source of this page</a>' in published["markdown"]
    assert "Colab" not in published["markdown"]


def test_a_published_book_says_how_to_get_its_folder(published):
    text = re.sub("<[^>]+>", "", published["index"])
    assert "git clone https://github.com/someone/a-book" in text
    assert "You have it" not in text


def test_the_address_of_the_site_is_everywhere(published):
    canonical = '<link rel="canonical" href="https://someone.example.org/a-book/'
    assert canonical in published["markdown"]
    assert '<a href="/a-book/markdown.html"' in published["404"]
    assert "<script" not in published["404"]
