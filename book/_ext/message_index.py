"""Appendix B: from a message to what it means, collected from the chapters' cells.

book/messages.yml says of each message what it means and what to do; the message as it
is printed, and the section that explains it, are looked up in the notebooks. The field
that takes an error knows them from a script, since a page that is opened from a folder
may load nothing else.
"""

import json
from functools import cache

from bs4 import BeautifulSoup
from keras_book_grader import weighing
from keras_book_grader.messages import (
    cells,
    cells_with,
    first_lines,
    held,
    number,
    one_line,
    read_entries,
)
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin

MARKDOWN = MarkdownIt().use(anchors_plugin)
APPENDIX = "book/appendix_messages.html"


@cache
def anchor(heading):
    """Return the end of the address of a section, by its heading."""
    return MARKDOWN.parse(f"# {heading}")[0].attrs["id"]


def page_name(notebook):
    """Return what a link calls a page: a chapter's number, or a name."""
    if notebook[0].isdigit():
        return number(notebook)
    return notebook.removesuffix(".ipynb").replace("_", " ").capitalize()


def address(notebook, section):
    """Return the address of a section."""
    return f"{notebook}#{anchor(section)}"


def link(notebook, section):
    """Return a link to a section, named after its page."""
    return f"[{page_name(notebook)}: {section}]({address(notebook, section)})"


def links(found):
    """Return links to the sections of some cells, each section once."""
    return ", ".join(dict.fromkeys(link(c.notebook, c.section) for c in found))


def cells_to_see(entry, every_cell):
    """Return a cell of the further section that an entry names, in a list."""
    if "see" not in entry:
        return []
    found = [c for c in every_cell if address(c.notebook, c.section) == entry["see"]]
    if not found:
        raise ValueError(f"there is no section {entry['see']}")
    return found[:1]


def messages(book):
    """Yield the Markdown of the index of messages."""
    every_cell = cells(book)
    groups = read_entries(book)["groups"]
    listed = {entry["message"] for group in groups for entry in group["messages"]}
    for group in groups:
        yield f"## {group['title']}"
        for entry in group["messages"]:
            found = cells_with(entry, every_cell)
            if not found:
                raise ValueError(f"no cell gives {entry['message']!r}")
            shown = held(f"{found[0].raised}\n{found[0].printed}", entry)
            yield f"### `` {entry['message']} ``"
            yield f"```text\n{first_lines(found[0], shown, listed)}\n```"
            yield f"**Means.** {entry['means']}"
            yield f"**Do.** {entry['do']}"
            found += cells_to_see(entry, every_cell)
            yield f"**Explained in** {links(found)}"


def silent_failures(book):
    """Yield the Markdown of the list of what goes wrong without a message."""
    every_cell = cells(book)
    for entry in read_entries(book)["silent"]:
        found = [c for c in every_cell if entry["cell"] in c.source]
        yield f"### {entry['what']}"
        yield f"**What you see.** {entry['see']}"
        yield f"**Why.** {entry['why']}"
        yield f"**Do.** {entry['do']}"
        yield f"**A check that catches it.** {entry['check']}"
        yield f"**Shown in** {links(found)}"


def add_scripts(app, pagename, templatename, context, doctree):
    """Add what the field needs to the pages that have it."""
    if pagename == "search" or 'class="error-field"' in context.get("body", ""):
        app.add_js_file("error_field.js", loading_method="defer")
        app.add_css_file("error_field.css")


def sections(page):
    """Return {message: (address, HTML)} of the entries of a built Appendix B."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    found = {}
    for heading in soup.select("article section > section > h3:has(> code)"):
        section = heading.find_parent("section")
        message = one_line(heading.find("code").get_text())
        html = "".join(map(str, section.find_all("p", recursive=False)))
        found[message] = f"{APPENDIX}#{section['id']}", html
    return found


def write_data(site, book):
    """Write what the field knows as a script, once Appendix B is written."""
    page = site / APPENDIX
    if not page.exists():
        return
    entries, knows = weighing.of_book(book)
    shown = sections(page)
    data = knows.data()
    # Behind the entries stand older wordings, which show the entry that they are of.
    for entry, known in zip(entries, data["entries"], strict=False):
        known["title"] = entry["message"]
        known["address"], known["html"] = shown[one_line(entry["message"])]
    script = site / "_static" / "error_entries.js"
    script.write_text(f"window.errorEntries = {json.dumps(data)};\n")
