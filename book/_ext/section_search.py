"""The site's search: what each section holds, for section_search.js.

Sphinx's own index knows which words a page has, not how often, and a chapter has most
words. This one counts the words of each section. It is a script, and no file to be
fetched, so that the search also works from a folder without a server.
"""

import json
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

from docutils import nodes

SCRIPT = Path(__file__).with_name("section_search.js")
# What is written in two ways is looked up in one, in the index as in a question. These
# are patterns, which Python and JavaScript read alike.
SPELLINGS = [
    ("parametri", "parameteri"),
    ("iz", "is"),
    ("behaviour", "behavior"),
    ("colour", "color"),
    ("labell", "label"),
    (r"\bcustom\b", "own"),  # a custom layer is one of your own
    (r"\b(?:migrat\w*|(?:port|convert)(?:s|ed|ing)?)\b", "upgrade"),
]
TITLE = 6  # how often a word in a heading counts
EXCERPT = 180  # characters


@cache
def stems(word, language):
    """Return the stem of a word; of `space_to_depth`, also those of its parts."""
    return [
        language.stem(part)
        for part in dict.fromkeys([word, *word.split("_")])
        if part and not part.isdigit() and part not in language.stopwords
    ]


def words(text, language):
    """Yield the stems of a text."""
    text = text.lower()
    for written, looked_up in SPELLINGS:
        text = re.sub(written, looked_up, text, flags=re.A)
    for word in re.findall(r"\w+", text):
        yield from stems(word, language)


def own_parts(section):
    """Return what stands in a section and in none below it, but for raw HTML."""
    skipped = (nodes.section, nodes.title, nodes.raw, nodes.comment)
    return [part for part in section.children if not isinstance(part, skipped)]


def text_of(part):
    """Return the text of a part of a section, without raw HTML inside of it."""
    texts = (t for t in part.findall(nodes.Text) if not isinstance(t.parent, nodes.raw))
    return " ".join(texts)


def excerpt(parts):
    """Return the beginning of the first paragraph."""
    first = next((p for p in parts if isinstance(p, nodes.paragraph)), None)
    text = " ".join(first.astext().split()) if first else ""
    if len(text) <= EXCERPT:
        return text
    return text[:EXCERPT].rpartition(" ")[0] + " …"


def title_of(page, env):
    """Return the title of a page, as the contents show it."""
    number = env.toc_secnumbers.get(page, {}).get("")
    prefix = ".".join(map(str, number)) + ". " if number else ""
    return prefix + env.titles[page].astext()


def index(app):
    """Return what section_search.js looks into."""
    env, language = app.env, app.builder.indexer.lang
    pages, sections, terms = [], [], defaultdict(list)
    for page in sorted(env.found_docs):
        pages.append([page, title_of(page, env)])
        for section in env.get_doctree(page).findall(nodes.section):
            parts = own_parts(section)
            text = " ".join(map(text_of, parts))
            counts = Counter(words(text, language))
            title = section.next_node(nodes.title).astext()
            for word in words(title, language):
                counts[word] += TITLE
            for word, count in counts.items():
                terms[word] += [len(sections), count]
            is_page = isinstance(section.parent, nodes.document)
            anchor = "" if is_page else section["ids"][0]
            length = sum(counts.values())
            sections.append([len(pages) - 1, anchor, title, length, excerpt(parts)])
    return {
        "spellings": SPELLINGS,
        "pages": pages,
        "sections": sections,
        "terms": terms,
    }


def write_index(app):
    """Write the script, once the pages are there."""
    text = json.dumps(index(app), ensure_ascii=False, separators=(",", ":"))
    script = Path(app.outdir, "_static", "sections.js")
    script.write_text(f"setSections({text})", encoding="utf-8")
    # Sphinx's own index isn't asked, nor waited for.
    page = Path(app.outdir, "search.html")
    loads_index = '<script src="searchindex.js"></script>'
    page.write_text(page.read_text().replace(loads_index, ""))
