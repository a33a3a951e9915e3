"""Print the built site, page by page in the book's order, into _build/book.pdf."""

import io
import sys

import chromium
from playwright.sync_api import sync_playwright
from pypdf import PdfWriter
from repository import ROOT
from sphinx_external_toc.parsing import parse_toc_yaml
from tqdm import tqdm

SITE = ROOT / "_build" / "html"
BOOK = ROOT / "_build" / "book.pdf"


def pages():
    """Return the pages in the order of the contents, without their suffix."""
    return list(parse_toc_yaml(ROOT / "_toc.yml"))


def main():
    """Print every page and join them, with a bookmark for each."""
    writer = PdfWriter()
    with sync_playwright() as playwright:
        found = chromium.find_chromium(playwright)
        if found is None:
            sys.exit(chromium.NOT_FOUND)
        browser = playwright.chromium.launch(**chromium.launch_arguments(found))
        page = browser.new_page(color_scheme="light")
        for name in tqdm(pages(), unit="page"):
            page.goto((SITE / f"{name}.html").as_uri())
            chromium.wait_for_formulas(page)
            printed = page.pdf(
                format="A4",
                scale=0.75,
                margin=dict.fromkeys(("top", "right", "bottom", "left"), "18mm"),
            )
            title = page.title().split(" — ")[0]
            writer.append(io.BytesIO(printed), outline_item=title)
        browser.close()
    writer.write(BOOK)
    print(f"The book is at {BOOK}: {len(writer.pages)} pages")


if __name__ == "__main__":
    main()
