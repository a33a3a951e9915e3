"""The built site and the browser, for the tests of this folder."""

import built_site
import chromium
import pytest

# axe-core leaves much garbage. Room for it, and no threads that look for it while a
# worker on each processor runs tests, take a tenth from the time.
JAVASCRIPT = "--js-flags=--single-threaded --min-semi-space-size=64"
JAVASCRIPT += " --max-semi-space-size=64"


def pytest_collect_file(file_path, parent):
    """Let no test of this folder start where it would say nothing about the sources.

    As an error of the collection, it is reported once, whatever number of workers.
    """
    if problem := built_site.what_is_wrong_with_the_build():
        raise pytest.Collector.CollectError(problem)
    try:
        built_site.pages()
    except ValueError as problem:
        raise pytest.Collector.CollectError(str(problem)) from None


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, playwright):
    """Extend the plugin's settings: which Chromium, and how it is started."""
    found = chromium.find_chromium(playwright)
    if found is None:
        pytest.skip(chromium.NOT_FOUND)
    arguments = chromium.launch_arguments(found)
    arguments["args"].append(JAVASCRIPT)
    return {**browser_type_launch_args, **arguments}


@pytest.fixture(scope="session")
def site():
    """Give the address of the built site."""
    with built_site.serving(built_site.SITE) as address:
        yield address
