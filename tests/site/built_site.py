"""The built site: where it is, whether it is up to date, and its pages."""

import os
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from threading import Thread

import yaml
from repository import ROOT

SITE = ROOT / "_build" / "html"
SOURCES = ("book", "exercises", "solutions", "_config.yml", "_toc.yml")
# Sphinx writes this file at each build, even when no page has changed.
BUILD_STAMP = "_build/html/_static/pygments.css"


def config(name="_config.yml"):
    """Return the settings of the site, or, from _toc.yml, the order of its pages."""
    return yaml.safe_load((ROOT / name).read_text())


def what_is_wrong_with_the_build(root=ROOT):
    """Return a sentence if the site is missing or older than a source, else None."""
    if not (root / BUILD_STAMP).exists():
        return "The site is not built: run `make book` first."
    built = (root / BUILD_STAMP).stat().st_mtime
    for source in SOURCES:
        for path in (root / source, *(root / source).rglob("*")):
            parts = path.relative_to(root).parts
            made_by_tools = any(part.startswith((".", "__pycache__")) for part in parts)
            if path.is_file() and not made_by_tools and path.stat().st_mtime > built:
                changed = path.relative_to(root)
                return f"{changed} is newer than the site: run `make book` first."
    return None


def without_suffix(name):
    """Return `book/intro` for `book/intro.html`, `book/intro.md`, `book/intro`."""
    return PurePosixPath(name).with_suffix("").as_posix()


def pages():
    """Return the pages to look at: those that the variable PAGES names, or all.

    They are relative to the site. A page that is not there is a ValueError.
    """
    paths = [path.relative_to(SITE).as_posix() for path in sorted(SITE.rglob("*.html"))]
    # The first leads on to another page, and the theme keeps templates in the second.
    none = ("index.html", "_static/")
    known = {without_suffix(path): path for path in paths if not path.startswith(none)}
    names = [without_suffix(name) for name in os.environ.get("PAGES", "").split()]
    for name in names:
        if name not in known:
            nearest = ", ".join(get_close_matches(name, known, n=3, cutoff=0))
            raise ValueError(
                f"PAGES: there is no page {name}; there are {nearest} and others."
            )
    return [known[name] for name in names or known]


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
