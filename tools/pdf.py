"""Print the built site, page by page in the book's order, into _build/book.pdf."""

import io
import pathlib
import shutil
import sys

import yaml
from playwright.sync_api import sync_playwright
from pypdf import PdfReader, PdfWriter
from tqdm import tqdm

ROOT = pathlib.Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
BOOK = ROOT / "_build" / "book.pdf"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_CHROMIUM = (
    "No Chromium was found to print with. On Debian: apt-get install chromium;"
    " elsewhere: python -m playwright install chromium"
)


def pages(entry):
    """Yield the pages of the table of contents, in order, without their suffix."""
    if isinstance(entry, dict):
        yield from filter(None, [entry.get("root") or entry.get("file")])
        for key in ("parts", "chapters", "sections"):
            yield from pages(entry.get(key, []))
    else:
        for part in entry:
            yield from pages(part)


def launch(playwright):
    """Start the Chromium of this machine."""
    bundled = pathlib.Path(playwright.chromium.executable_path)
    found = bundled if bundled.exists() else None
    for name in CHROMIUM_NAMES:
        found = found or shutil.which(name)
    if found is None:
        sys.exit(NO_CHROMIUM)
    return playwright.chromium.launch(executable_path=found, chromium_sandbox=False)


def main():
    """Print every page and join them, with a bookmark for each."""
    writer = PdfWriter()
    names = list(pages(yaml.safe_load((ROOT / "_toc.yml").read_text())))
    with sync_playwright() as playwright:
        browser = launch(playwright)
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
