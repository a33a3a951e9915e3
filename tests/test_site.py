"""Open every page of the built site in a browser and look for what a reader would hit.

`jupyter-book build -W` finds wrong links and references. It says nothing about
formulas that don't render, scripts that fail, requests to another host, text too pale
to read, or a page too wide for a phone: those show only in a browser.
"""

import gzip
import html
import io
import os
import re
import shutil
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from urllib.parse import urlsplit

import exercise_links
import nbformat
import pdf
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from fontTools.ttLib import TTFont
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
SOURCES = ("book", "exercises", "solutions", "_config.yml", "_toc.yml")
MADE_BY_TOOLS = {"__pycache__", ".ipynb_checkpoints"}
# Sphinx writes this file at each build, even when no page has changed.
BUILD_STAMP = "_build/html/_static/pygments.css"

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
NO_CHROMIUM = (
    "No Chromium was found to open the pages with. On Debian: apt-get install chromium;"
    " elsewhere: python -m playwright install chromium"
)

SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {
        "viewport": {"width": 375, "height": 812},
        "is_mobile": True,
        "has_touch": True,
    },
}
# A4 with margins of 15 mm.
PAPER = {"width": 680, "height": 1009}
LARGEST_FIRST_VISIT = 700 * 1024
BOOK_TITLE = "Keras beyond the built-in layers"
MODES = [
    pytest.param(
        f"{screen}, {scheme}",
        marks=pytest.mark.browser_context_args(color_scheme=scheme, **settings),
        id=f"{screen}-{scheme}",
    )
    for screen, settings in SCREENS.items()
    for scheme in ("light", "dark")
]

AXE_OPTIONS = {
    "runOnly": "wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice".split(),
    "resultTypes": ["violations"],
    # Otherwise axe-core asks for style sheets at addresses where there are none.
    "preload": False,
}

# What is folded away has to be readable, too, once it is opened. Two frames later the
# page has settled, and its own scripts have seen the change.
UNFOLD = """async () => {
    document.querySelectorAll("details").forEach(box => { box.open = true; });
    document.querySelectorAll(".toggle-hidden").forEach(
        box => box.classList.remove("toggle-hidden"));
    document.getAnimations().forEach(animation => animation.finish());
    const nextFrame = () => new Promise(requestAnimationFrame);
    await nextFrame();
    await nextFrame();
}"""

MATH_PROBLEMS = r"""() => {
    const problems = [];
    for (const formula of document.querySelectorAll(".math"))
        if (!formula.querySelector("mjx-container"))
            problems.push(`the formula ${formula.textContent.trim()} is not rendered`);
    const errors = "mjx-merror, mjx-assistive-mml [mathcolor=red]";
    for (const error of document.querySelectorAll(errors))
        problems.push(`a formula holds the error ${
            error.getAttribute("data-mjx-error") ?? error.textContent}`);
    const notText = "script, style, code, pre, mjx-container, .math, #search-results";
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const {data, parentElement} = texts.currentNode;
        const raw = data.match(/\\\(|\\\[|\\begin\{|\$\$|\$[^$\s]([^$\n]*[^$\s])?\$/);
        if (raw && !parentElement.closest(notText))
            problems.push(`the text ${data.trim()} holds ${raw[0]}, not a formula`);
    }
    return problems;
}"""

WIDTH_PROBLEMS = """() => {
    const {scrollWidth, clientWidth} = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const reach = element => element.getBoundingClientRect().right;
    const widest = [...document.body.querySelectorAll("*")].reduce(
        (first, second) => reach(second) > reach(first) ? second : first);
    const tag = widest.cloneNode(false).outerHTML.slice(0, 100);
    return [`it scrolls ${scrollWidth - clientWidth} px sideways, because of ${tag}`];
}"""

# Where a source gives no alternative text, Sphinx puts the name of the file there.
ALTERNATIVE_TEXT_PROBLEMS = r"""() => {
    const problems = [];
    for (const image of document.querySelectorAll("article img"))
        if (!image.alt.trim() || /\.(png|svg|jpe?g|gif|webp)$/i.test(image.alt))
            problems.push(`the figure ${
                image.getAttribute("src").slice(0, 80)} has no alternative text`);
    for (const drawing of document.querySelectorAll("article svg"))
        if (!drawing.closest("button, a, summary, [aria-hidden=true]")
            && !drawing.matches("[role=img][aria-label], [role=img][aria-labelledby]"))
            problems.push("a drawing (inline SVG) has no role=img with an aria-label");
    return problems;
}"""


# The height of a figure is rounded to whole pixels, hence the 2%.
STRETCHED_FIGURES = """() => {
    const problems = [];
    for (const image of document.querySelectorAll("article img[width][height]")) {
        const padding = 2 * parseFloat(getComputedStyle(image).paddingTop);
        const width = image.clientWidth - padding;
        const height = image.clientHeight - padding;
        const wanted = image.getAttribute("width") / image.getAttribute("height");
        if (width > 0 && Math.abs(width / height / wanted - 1) > 0.02)
            problems.push(`the figure ${image.alt.slice(0, 60)} is stretched`);
    }
    return problems;
}"""


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve a folder without a line on stderr for each request."""

    def log_message(self, format, *args):
        """Say nothing."""


@contextmanager
def serving(folder):
    """Serve `folder` on a free port of this machine; give the address."""
    handler = partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def installed_chromium(playwright):
    """Return the path of a Chromium or Chrome on this machine, or None."""
    candidates = [
        playwright.chromium.executable_path,
        *map(shutil.which, CHROMIUM_NAMES),
        CHROMIUM_ON_MACOS,
    ]
    return next((path for path in candidates if path and Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, playwright):
    """Extend the plugin's settings: which Chromium, and that it stays on this machine.

    Playwright itself turns off updates and other background requests. Names of other
    hosts don't resolve, so that a page which asks for one gets nothing, online or not.
    """
    chromium = installed_chromium(playwright)
    if chromium is None:
        pytest.skip(NO_CHROMIUM)
    return {
        **browser_type_launch_args,
        "executable_path": chromium,
        "args": ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        # Chromium refuses to sandbox its pages when root runs it.
        "chromium_sandbox": os.name == "nt" or os.geteuid() != 0,
    }


@pytest.fixture(scope="module")
def site():
    """Give the address of the built site, if it is there and not out of date."""
    error = what_is_wrong_with_the_build()
    if error:
        pytest.fail(error, pytrace=False)
    with serving(SITE) as address:
        yield address


def what_is_wrong_with_the_build(root=ROOT):
    """Return a sentence if the site is missing or older than a source, else None."""
    if not (root / BUILD_STAMP).exists():
        return "The site is not built: run `make book` first."
    built = (root / BUILD_STAMP).stat().st_mtime
    for source in SOURCES:
        for path in (root / source, *(root / source).rglob("*")):
            is_source = path.is_file() and MADE_BY_TOOLS.isdisjoint(path.parts)
            if is_source and path.stat().st_mtime > built:
                changed = path.relative_to(root)
                return f"{changed} is newer than the site: run `make book` first."
    return None


def pages_of_site():
    """Return the paths of all pages, relative to the site; the search has a query."""
    pages = [path.relative_to(SITE).as_posix() for path in sorted(SITE.rglob("*.html"))]
    return [
        page.replace("search.html", "search.html?q=keras")
        for page in pages
        # The first leads on to another page, the second names the place where the site
        # is published, and the theme keeps templates in the third.
        if page not in ("index.html", "404.html") and not page.startswith("_static/")
    ]


def problems_of_page(page, address):
    """Load `address` in `page`, a browser tab; return a sentence for each problem."""
    host = urlsplit(address).netloc
    problems = []

    def note_message(message):
        if message.type in ("error", "warning"):
            problems.append(f"the console shows the {message.type}: {message.text}")

    def note_request(request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != host:
            problems.append(f"it asks another host for {request.url}")

    def note_response(response):
        if response.status >= 400:
            problems.append(f"{response.url} answers {response.status}")

    listeners = {
        "console": note_message,
        "pageerror": lambda error: problems.append(f"a script fails: {error}"),
        "request": note_request,
        "response": note_response,
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    page.goto(address)
    page.evaluate("() => window.MathJax?.startup?.promise?.then(() => null)")
    if "search.html" in address:
        problems += search_problems(page)
    page.evaluate(UNFOLD)
    for script in (
        MATH_PROBLEMS,
        WIDTH_PROBLEMS,
        ALTERNATIVE_TEXT_PROBLEMS,
        STRETCHED_FIGURES,
    ):
        problems += page.evaluate(script)
    problems += accessibility_problems(page)
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    return problems


def search_problems(page):
    """Wait for the search to end; return a sentence if it found nothing."""
    page.wait_for_load_state("networkidle")
    found = page.locator("#search-results li").count()
    return [] if found else ["the search finds nothing"]


def accessibility_problems(page):
    """Return a sentence for each element that axe-core complains about."""
    violations = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    return [
        f"{rule['help']} ({rule['id']}): {element['html'][:200]}"
        for rule in violations
        for element in rule["nodes"]
    ]


def test_site_is_built_from_the_sources_as_they_are():
    """What the other tests look at is what `make book` would give now."""
    error = what_is_wrong_with_the_build()
    if error:
        pytest.fail(error, pytrace=False)


@pytest.mark.parametrize("mode", MODES)
def test_no_page_has_a_problem(page, site, mode):
    """Every page is quiet, self-contained, rendered, narrow enough and accessible."""
    problems = [
        f"{name} ({mode}): {problem}"
        for name in pages_of_site()
        for problem in problems_of_page(page, site + name)
    ]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def test_front_page_leads_to_the_book(page, site):
    """The address without a file name leads on to the introduction."""
    page.goto(site)
    page.wait_for_url(f"{site}book/intro.html")


def test_site_works_without_a_server(page, site):
    """From a folder, formulas are drawn and the search finds pages."""
    page.goto((SITE / "book" / "05_ctc_loss_layer.html").as_uri())
    page.evaluate("() => window.MathJax.startup.promise.then(() => null)")
    assert page.locator("mjx-container").count() > 0
    page.goto((SITE / "search.html").as_uri() + "?q=KerasTensor")
    page.wait_for_selector("#search-results li")


@pytest.mark.parametrize(
    "typed, first, count",
    [
        ("ctc_batch_cost", "k-ctc_batch_cost", 1),
        ("loss = K.ctc_batch_cost(labels, y, a, b)", "k-ctc_batch_cost", 1),
        ("tf.keras.backend.ctc_decode", "k-ctc_decode", 1),
        ("no_such_function", None, 0),
    ],
)
def test_backend_filter_finds_what_was_typed(page, site, typed, first, count):
    page.goto(site + "book/appendix_backend.html")
    page.get_by_label("Name or code").fill(typed)
    rows = page.locator(".backend-table tbody tr:visible")
    assert rows.count() == count
    if first:
        assert rows.first.get_attribute("id") == first
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function("() => !document.querySelector('tr.backend-hidden')")


EXERCISES_WITH_CHAPTERS = [
    path.parent.name
    for path in sorted(ROOT.glob("exercises/*/*.ipynb"))
    if (ROOT / "book" / path.name).exists()
]


def config():
    """Return the settings of the site."""
    return yaml.safe_load((ROOT / "_config.yml").read_text())


def nbgrader_cells(path, key):
    """Return the sources of a notebook's cells where `key` of nbgrader is true."""
    return [
        cell.source
        for cell in nbformat.read(path, as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get(key)
    ]


def test_each_answer_is_there_once_and_closed(page, site):
    """In the order of the exercises, and only where the site shall show them."""
    expected = []
    if config()["sphinx"]["config"]["exercise_answers"]:
        expected = [
            "\n".join(
                line
                for line in answer.splitlines()
                if line.strip() not in ("### BEGIN SOLUTION", "### END SOLUTION")
            )
            for name in EXERCISES_WITH_CHAPTERS
            for answer in nbgrader_cells(
                ROOT / "solutions" / name / f"{name}.ipynb", "solution"
            )
        ]
    page.goto(site + "book/exercises.html")
    shown = page.locator("article pre").evaluate_all(
        "all => all.map(pre => pre.textContent.trimEnd())"
    )
    boxes = page.locator("article details:not([open]):has(pre)")
    assert shown == expected
    assert boxes.count() == len(expected)
    for box in boxes.all():
        assert re.match(r"Question \d+: .", box.inner_text())
        assert not box.locator("pre").is_visible()
    if expected:
        boxes.first.locator("summary").focus()
        page.keyboard.press("Enter")
        assert page.locator("article pre").first.is_visible()


def secret_lines():
    """Return the long lines of hidden checks, and of the answers of the project."""
    given = "\n".join(
        cell.source
        for path in [
            *ROOT.glob("book/*.ipynb"),
            *ROOT.glob("exercises/*/*.ipynb"),
        ]
        for cell in nbformat.read(path, as_version=4).cells
    )
    blocks = []
    for path in sorted(ROOT.glob("solutions/*/*.ipynb")):
        checks = "\n".join(nbgrader_cells(path, "grade"))
        blocks += re.findall("BEGIN HIDDEN TESTS\n(.*?)### END", checks, re.DOTALL)
        if path.parent.name not in EXERCISES_WITH_CHAPTERS:
            blocks += nbgrader_cells(path, "solution")
    lines = {line.strip() for line in "\n".join(blocks).splitlines()}
    return {line for line in lines if len(line) > 40 and line not in given}


def test_no_file_of_the_site_shows_a_hidden_check_or_graded_work():
    """Neither as text on a page nor in a notebook to download."""
    secrets = secret_lines()
    assert secrets
    for path in SITE.rglob("*"):
        if path.suffix == ".html":
            text = html.unescape(re.sub("<[^>]+>", "", path.read_text()))
        elif path.suffix == ".ipynb":
            cells = nbformat.read(path, as_version=4).cells
            text = "\n".join(cell.source for cell in cells)
        else:
            continue
        found = [secret for secret in secrets if secret in text]
        assert not found, f"{path.name} shows {found}"


@pytest.mark.parametrize("name", EXERCISES_WITH_CHAPTERS)
def test_chapter_leads_to_its_exercise(page, site, name):
    """Under "Now you:" are links that get the exercise's notebook."""
    page.goto(f"{site}book/{name}.html")
    links = page.locator("p:has(> strong:text-is('Now you:')) + p a")
    published = bool(config()["repository"]["url"])
    assert links.count() == 1 + published
    with page.expect_download() as download:
        links.last.click()
    assert download.value.suggested_filename == f"{name}.ipynb"
    exercise = ROOT / "exercises" / name / f"{name}.ipynb"
    assert download.value.path().read_bytes() == exercise.read_bytes()


def test_colab_is_offered_where_the_source_is_public():
    theme = {
        "repository_url": "https://github.com/someone/a-book/",
        "repository_branch": "main",
        "launch_buttons": {"colab_url": "https://colab.example/"},
    }
    path = "exercises/a/a.ipynb"

    def address(**changes):
        settings = SimpleNamespace(html_theme_options=theme | changes)
        return exercise_links.colab_address(settings, path)

    assert address() == (
        f"https://colab.example/github/someone/a-book/blob/main/{path}"
    )
    assert address(repository_url="") is None
    assert address(repository_url="https://gitlab.com/a/b") is None
    assert address(launch_buttons={}) is None


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


NOTES = ".s2d p >> visible=true"


def test_moving_pixels_obey_the_keyboard(page, site):
    """Tab reaches the figure of chapter 4, arrows step, and the focus is seen."""
    page.goto(site + "book/04_space_to_depth.html")
    page.locator(".cell:has(.s2d) summary").last.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert "Channel 0 gets" in page.locator(NOTES).inner_text()
    page.keyboard.press("ArrowRight")
    assert "Channel 1 gets" in page.locator(NOTES).inner_text()
    outline = page.locator(".s2d input:focus").evaluate(
        "button => getComputedStyle(button).outlineStyle"
    )
    assert outline != "none"


@pytest.mark.browser_context_args(**SCREENS["phone"])
def test_moving_pixels_obey_a_finger(page, site):
    page.goto(site + "book/04_space_to_depth.html")
    page.get_by_role("radio", name="bottom right").tap()
    assert "Channel 3 gets" in page.locator(NOTES).inner_text()


def test_backend_filter_obeys_the_keyboard(page, site):
    """Type a name, go on with Tab, choose a state, and reset with Enter."""
    page.goto(site + "book/appendix_backend.html")
    page.get_by_label("Name or code").focus()
    page.keyboard.type("ctc_decode")
    rows = page.locator(".backend-table tbody tr:visible")
    assert rows.count() == 1
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    state = page.get_by_label("State")
    assert state.evaluate("list => list.selectedIndex") == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => !document.querySelector('tr.backend-hidden')")


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_pages_show_their_content_without_scripts(page, site):
    """Text, figures, hints, tables and the interactive figure; formulas as source."""
    page.goto(site + "book/04_space_to_depth.html")
    page.get_by_role("radio", name="top right").click()
    assert "Channel 1 gets" in page.locator(NOTES).inner_text()
    figures = page.locator("article img")
    assert figures.count()
    for figure in figures.all():
        assert figure.bounding_box()["height"] > 50
    page.goto(site + "book/appendix_backend.html")
    rows = page.locator(".backend-table tbody tr")
    assert 0 < rows.count() == rows.locator("visible=true").count()
    page.goto(site + "exercises/01_lambda_layers/01_lambda_layers.html")
    hint = page.locator("article details").first
    hint.locator("summary").click()
    assert hint.locator("p").is_visible()
    assert r"\frac" in page.locator("div.math").first.inner_text()


PRINT_PROBLEMS = """() => {
    const problems = [];
    const say = (element, what) => problems.push(
        `${what}: ${element.outerHTML.slice(0, 150)}`);
    for (const element of document.querySelectorAll("article details > :not(summary)"))
        if (!element.checkVisibility()) say(element, "closed");
    const boxes = "pre, .output, .pst-scrollable-table-container, div.math";
    for (const element of document.querySelectorAll(`article :is(${boxes})`))
        if (element.scrollWidth > element.clientWidth + 1) say(element, "clipped");
    const wide = "article :is(img, svg, table, pre)";
    for (const element of document.querySelectorAll(wide))
        if (element.getBoundingClientRect().right > innerWidth + 1)
            say(element, "beyond the paper");
    for (const figure of document.querySelectorAll("article :is(img, svg)"))
        if (getComputedStyle(figure).breakInside !== "avoid")
            say(figure, "may be split");
    return problems;
}"""


@pytest.mark.browser_context_args(viewport=PAPER)
def test_on_paper_all_is_open_and_whole(page, site):
    """Hints, answers and code are open, and no line or figure is cut off."""
    page.emulate_media(media="print")
    problems = []
    for name in pages_of_site():
        page.goto(site + name)
        page.evaluate("() => window.MathJax?.startup?.promise?.then(() => null)")
        problems += [f"{name}: {p}" for p in page.evaluate(PRINT_PROBLEMS)]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.mark.browser_context_args(color_scheme="dark")
def test_a_dark_page_is_printed_dark_on_white(page, site):
    """The text is on the paper; afterwards the page is as it was, boxes closed."""
    page.goto(site + "exercises/01_lambda_layers/01_lambda_layers.html")
    page.evaluate(
        "() => addEventListener('beforeprint', () => {"
        " window.printed = document.documentElement.dataset.theme; })"
    )
    paper = PdfReader(io.BytesIO(page.pdf()))
    text = " ".join(sheet.extract_text() for sheet in paper.pages)
    assert "does this for the square" in " ".join(text.split())  # a hint
    assert page.evaluate("() => window.printed") == "light"
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("article details[open]").count() == 0


def test_an_address_that_leads_nowhere_has_a_page():
    assert "<h1>" in (SITE / "404.html").read_text()


def bytes_of_first_visit(page, address):
    """Return how many bytes a page loads before it is scrolled, as if compressed."""
    loaded = set()
    page.on("response", lambda response: loaded.add(response.url))
    page.goto(address, wait_until="networkidle")
    files = [SITE / urlsplit(url).path.lstrip("/") for url in loaded]
    return sum(len(gzip.compress(f.read_bytes())) for f in files if f.is_file())


@pytest.mark.browser_context_args(**SCREENS["phone"])
def test_each_icon_in_use_is_in_the_shrunk_font(page, site):
    page.goto(site + "book/03_vae_sampling.html")
    assert page.get_by_text("Changed in Keras 3.16").count()
    shown = page.evaluate(
        """() => [...document.querySelectorAll(
            ".fa-solid, .fas, .versionmodified")].map(
            (icon) => getComputedStyle(icon, "::before").content)"""
    )
    fonts = SITE / "_static" / "vendor" / "fontawesome" / "webfonts"
    glyphs = TTFont(fonts / "fa-solid-900.ttf").getBestCmap()
    assert len(shown) > 10
    assert {ord(text.strip('"')) for text in shown} <= set(glyphs)


def test_no_page_is_heavy(new_context, site):
    """A first visit on a phone takes at most 700 KB, formulas included."""
    weights = {}
    for name in pages_of_site():
        context = new_context()  # with an empty cache
        name = name.split("?")[0]
        weights[name] = bytes_of_first_visit(context.new_page(), site + name)
        context.close()
    heavy = {n: w for n, w in weights.items() if w > LARGEST_FIRST_VISIT}
    assert not heavy


@pytest.mark.parametrize("name", pages_of_site())
def test_page_introduces_itself(name):
    """What a search result or a preview shows: a title, a description, a picture."""
    head = (SITE / name.split("?")[0]).read_text().split("<body", 1)[0]
    title = re.search("<title>(.+?)</title>", head, re.DOTALL)
    assert title and BOOK_TITLE in title[1]
    if name.startswith(("book/", "exercises/", "search")):
        description = re.search('<meta name="description" content="(.*?)"', head)
        assert description and len(description[1]) > 40
    if name.startswith(("book/", "exercises/")):
        assert 'property="og:image"' in head


def test_a_stale_or_missing_site_would_be_noticed(tmp_path):
    """A source that is newer than the site, or no site at all, is reported."""
    chapter = tmp_path / "book" / "chapter.ipynb"
    stamp = tmp_path / BUILD_STAMP
    for path in (chapter, stamp):
        path.parent.mkdir(parents=True)
    chapter.touch()
    assert "not built" in what_is_wrong_with_the_build(tmp_path)
    stamp.touch()
    os.utime(chapter, (1, 1))
    assert what_is_wrong_with_the_build(tmp_path) is None
    os.utime(stamp, (0, 0))
    assert "chapter.ipynb is newer" in what_is_wrong_with_the_build(tmp_path)


SOUND_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
  <title>A page</title>
  <link rel="icon" href="data:,">
  <meta name="viewport" content="width=device-width, initial-scale=1">
</head>
<body><main><article><h1>A page</h1>{}</article></main></body>
</html>"""

FAULTS = {
    "console error": (
        "<script>console.error('broken')</script>",
        "error: broken",
    ),
    "console warning": (
        "<script>console.warn('old')</script>",
        "warning: old",
    ),
    "failing script": (
        "<script>undefinedName()</script>",
        "a script fails",
    ),
    "other host": (
        "<script src='https://example.org/script.js'></script>",
        "another host for https://example.org/script.js",
    ),
    "missing file": (
        "<script src='missing.js'></script>",
        "missing.js answers 404",
    ),
    "raw formula": (r"<p>Let \(x = 1\).</p>", r"holds \(, not a formula"),
    "raw dollars": ("<p>Let $x = 1$.</p>", "holds $x = 1$, not a formula"),
    "formula without MathJax": (
        r"<p class='math'>\[x\]</p>",
        r"the formula \[x\] is not rendered",
    ),
    "formula with an error": (
        "<mjx-container><mjx-merror data-mjx-error='Misplaced &'></mjx-merror>"
        "</mjx-container>",
        "a formula holds the error Misplaced &",
    ),
    "formula with an unknown macro": (
        r"<mjx-container><mjx-assistive-mml><math><mtext mathcolor='red'>\macro</mtext>"
        "</math></mjx-assistive-mml></mjx-container>",
        r"a formula holds the error \macro",
    ),
    "figure without text": (
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
        "the figure data:image/gif;base64,R0lGODlhAQABAAAAACw= has no alternative text",
    ),
    "figure with a file name for text": (
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' alt='_images/1.png'>",
        "has no alternative text",
    ),
    "stretched figure": (
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' width='90' height='60'"
        " alt='A figure of one dot' style='width: 60px; height: 60px'>",
        "the figure A figure of one dot is stretched",
    ),
    "drawing without text": (
        "<svg></svg>",
        "a drawing (inline SVG) has no role",
    ),
    "pale text": (
        "<p style='color: #bbb'>Pale</p>",
        "(color-contrast): <p style",
    ),
    "pale text, folded": (
        "<details><summary>More</summary><p style='color: #bbb'>Pale</p></details>",
        "(color-contrast): <p style",
    ),
    "search.html without results": ("", "the search finds nothing"),
    "wide element": (
        "<div style='width: 3000px'>Wide</div>",
        "px sideways, because of <div style",
    ),
}


@pytest.mark.parametrize("mode", MODES[::2])
def test_each_fault_would_be_noticed(page, tmp_path, mode):
    """A sound page has no problem; with a fault put in, it has that problem."""
    (tmp_path / "sound.html").write_text(SOUND_PAGE.format(""))
    for name, (fault, _) in FAULTS.items():
        (tmp_path / f"{name}.html").write_text(SOUND_PAGE.format(fault))
    with serving(tmp_path) as address:
        assert problems_of_page(page, address + "sound.html") == []
        for name, (_, expected) in FAULTS.items():
            problems = problems_of_page(page, f"{address}{name}.html")
            found = any(expected in problem for problem in problems)
            assert found, f"{name} ({mode}): found only {problems}"
