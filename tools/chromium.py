"""The Chromium or Chrome of this machine, for the tests and for `make pdf`."""

import os
import pathlib
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
NOT_FOUND = (
    "No Chromium was found. On Debian: apt-get install chromium; elsewhere: "
    "python -m playwright install chromium"
)


def find_chromium(playwright):
    """Return the path of a Chromium or Chrome, or None."""
    own = playwright.chromium.executable_path
    candidates = [own, *map(shutil.which, NAMES), ON_MACOS]
    return next((p for p in candidates if p and pathlib.Path(p).exists()), None)


def wait_for_formulas(page):
    """Wait until MathJax has drawn all formulas, on a page that has any."""
    page.evaluate("() => window.MathJax?.startup?.promise?.then(() => null)")


def launch_arguments(chromium):
    """Return what Playwright's `launch` takes to start it, kept on this machine.

    Playwright itself turns off updates and other background requests. Names of other
    hosts don't resolve, so that a page which asks for one gets nothing, online or not.
    """
    return {
        "executable_path": chromium,
        "args": ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        # Chromium refuses to sandbox its pages when root runs it.
        "chromium_sandbox": os.name == "nt" or os.geteuid() != 0,
    }
