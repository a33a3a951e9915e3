"""What a reader would hit on a page, on each screen and on paper.

A page is loaded once, on a phone, and then shown otherwise.
"""

import functools
import gzip
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from built_site import SITE
from chromium import wait_for_formulas

PHONE = {
    "viewport": {"width": 375, "height": 812},
    "is_mobile": True,
    "has_touch": True,
}
SCREENS = {
    "phone": {"width": 375, "height": 812, "mobile": True},
    "desktop": {"width": 1280, "height": 900, "mobile": False},
}
# A4 with margins of 15 mm.
PAPER = {"width": 680, "height": 1009, "mobile": False}

LARGEST_FIRST_VISIT = 450 * 1024


def run_script(page, name, *argument):
    """Return what a script of this folder returns on a page."""
    script = Path(__file__).with_name(f"{name}.js").read_text()
    return page.evaluate(script, *argument)


def problems_of_page(page, address, folder=SITE):
    """Load `address` in `page`, a phone's tab; return {where: sentences} of problems.

    "Where" is "loading", "paper", or a mode such as "phone, dark". The address is that
    of a file in `folder`.
    """
    loading, loaded = listen(page, urlsplit(address).netloc)
    page.goto(address, wait_until="networkidle")
    wait_for_formulas(page)
    loading += weight_problems(loaded, folder)
    if address.endswith("search.html"):
        loading += search_problems(page, address)
    problems = {"loading": loading}

    devtools = page.context.new_cdp_session(page)
    show(page, devtools, PAPER, "light", media="print")
    problems["paper"] = run_script(page, "paper")
    run_script(page, "unfold")
    problems |= problems_on_screens(page, devtools)
    return {where: found for where, found in problems.items() if found}


def listen(page, host):
    """Return two collections that fill: problems as a page loads, and what it loads."""
    problems, loaded = [], set()

    def note_message(message):
        if message.type in ("error", "warning"):
            problems.append(f"the console shows the {message.type}: {message.text}")

    def note_request(request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != host:
            problems.append(f"it asks another host for {request.url}")

    def note_response(response):
        loaded.add(response.url)
        if response.status >= 400:
            problems.append(f"{response.url} answers {response.status}")

    page.on("console", note_message)
    page.on("pageerror", lambda error: problems.append(f"a script fails: {error}"))
    page.on("request", note_request)
    page.on("response", note_response)
    return problems, loaded


def weight_problems(addresses, folder):
    """Return a sentence if a visit with an empty cache loads too much, unscrolled."""
    files = [folder / urlsplit(address).path.lstrip("/") for address in addresses]
    weight = sum(compressed_size(path) for path in files if path.is_file())
    if weight <= LARGEST_FIRST_VISIT:
        return []
    return [f"a first visit loads {weight} bytes, more than {LARGEST_FIRST_VISIT}"]


@functools.cache
def compressed_size(path):
    """Return how many bytes of a file a web server would send."""
    return len(gzip.compress(path.read_bytes()))


def search_problems(page, address):
    """Look for a word; return a sentence if nothing is found."""
    page.goto(f"{address}?q=keras", wait_until="networkidle")
    found = page.locator("#search-results li").count()
    return [] if found else ["the search finds nothing"]


def show(page, devtools, screen, scheme, media="screen"):
    """Show a page that is loaded on another screen, in a colour scheme, or on paper."""
    devtools.send(
        "Emulation.setDeviceMetricsOverride", {**screen, "deviceScaleFactor": 1}
    )
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": screen["mobile"]})
    page.emulate_media(media=media, color_scheme=scheme)
    run_script(page, "settle")


def problems_on_screens(page, devtools, within="html"):
    """Return {mode: sentences} of a page as it is; axe-core looks at a part of it."""
    problems = {}
    for screen, viewport in SCREENS.items():
        for scheme in ("light", "dark"):
            show(page, devtools, viewport, scheme)
            problems[f"{screen}, {scheme}"] = screen_problems(page, scheme, within)
    return problems


def screen_problems(page, scheme, within):
    """Return a sentence for each problem of a page as it is shown now."""
    problems = []
    theme = page.locator("html").get_attribute("data-theme")
    if theme not in (scheme, None):
        problems.append(f"it does not become {scheme}")
    for script in ("formulas", "width", "figures"):
        problems += run_script(page, script)
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return problems + run_script(page, "accessibility", within)
