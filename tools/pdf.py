"""Print the built site, page by page in the book's order, into _build/book.pdf."""

import io
import sys

import chromium
import yaml
from playwright.sync_api import sync_playwright
from pypdf import PdfReader, PdfWriter
from repository import ROOT
from tqdm import tqdm

SITE = ROOT / "_build" / "html"
BOOK = ROOT / "_build" / "book.pdf"


def pages(entry):
    """Yield the pages of the table of contents, in order, without their suffix."""
    if isinstance(entry, dict):
        yield from filter(None, [entry.get("root") or entry.get("file")])
        for key in ("parts", "chapters", "sections"):
            yield from pages(entry.get(key, []))
    else:
        for part in entry:
            yield from pages(part)


def main():
    """Print every page and join them, with a bookmark for each."""
    writer = PdfWriter()
    names = list(pages(yaml.safe_load((ROOT / "_toc.yml").read_text())))
    with sync_playwright() as playwright:
        found = chromium.find_chromium(playwright)
        if found is None:
            sys.exit(chromium.NOT_FOUND)
        browser = playwright.chromium.launch(**chromium.launch_arguments(found))
        page = browser.new_page(color_scheme="light")
        for name in tqdm(names, unit="page"):
            page.goto((SITE / f"{name}.html").as_uri())
            page.evaluate("() => window.MathJax?.startup?.promise?.then(() => null)")
            printed = page.pdf(
                format="A4",
                scale=0.75,
                margin=dict.fromkeys(("top", "right", "bottom", "left"), "18mm"),
            )
            title = page.title().split(" — ")[0]
            writer.append(PdfReader(io.BytesIO(printed)), outline_item=title)
        browser.close()
    writer.write(BOOK)
    print(f"The book is at {BOOK}: {len(writer.pages)} pages")


if __name__ == "__main__":
    main()
