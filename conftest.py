"""Which tests are run, by which worker, and how long the parts took."""

import os
import sys
from collections import Counter

import forked_kernel
import pytest
from keras_book_grader import GraderError
from keras_book_grader.exercise import find_exercise
from passed_before import PassedBefore
from repository import ROOT
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["nbval_figures"]
# Files whose tests need not follow one another: each goes to whoever is free.
ONE_BY_ONE = ("tests/site/", "tests/test_answers.py", "tests/test_neutral_chapters.py")
# Files with tests that belong to a notebook, as one of their parameters.
BY_NOTEBOOK = ("test_answers", "test_backends", "test_generated_exercises")
BY_NOTEBOOK += ("test_messages", "test_notebooks", "test_versions")
ASKED_FOR = pytest.StashKey[list]()
PASSED_BEFORE = pytest.StashKey[PassedBefore]()


def pytest_addoption(parser):
    """Options that narrow a run to what belongs to some notebooks, exercises, pages."""
    group = parser.getgroup("book")
    group.addoption("--notebooks", default="", help="paths, separated by blanks")
    group.addoption("--exercise", default="", help="numbers or names of exercises")
    group.addoption("--pages", default="", help="of the site, such as book/intro")
    group.addoption("--everything", action="store_true", help="what passed before, too")
    group.addoption("--matrix", action="store_true", help="Appendix C as a whole")


def asked_for(config):
    """Return the paths of the notebooks that a run is narrowed to, or an empty list."""
    named, exercises = config.option.notebooks.split(), config.option.exercise.split()
    for name in named:
        if not name.endswith(".ipynb"):
            raise pytest.UsageError(f"there is no notebook {name}")
    try:
        paths = [find_exercise(name, "solutions", ROOT) for name in named + exercises]
        paths += [find_exercise(name, "exercises", ROOT) for name in exercises]
    except GraderError as problem:
        raise pytest.UsageError(str(problem)) from None
    return [path.resolve() for path in paths]


def pytest_configure(config):
    """Set up kernels; read what passed before, from before this run."""
    for pool in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(pool, "1")  # there is a worker for each processor
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # the same; with more, none can be forked
    if sys.platform == "linux":
        forked_kernel.use_by_default()
    if config.option.pages:
        os.environ["PAGES"] = config.option.pages  # tests/site/ reads it
    config.stash[ASKED_FOR] = paths = asked_for(config)
    every_one = config.option.everything or paths or "CI" in os.environ
    config.stash[PASSED_BEFORE] = PassedBefore(ROOT, skip=not every_one)


def pytest_ignore_collect(collection_path, config):
    """Leave out, unread, what passed before, or what is not asked for."""
    if config.stash[PASSED_BEFORE].skips(collection_path):
        return True
    paths, pages = config.stash[ASKED_FOR], config.option.pages
    asked = (
        not (paths or pages)
        or collection_path.is_dir()
        or collection_path in paths
        or (paths and collection_path.stem in BY_NOTEBOOK)
        or (pages and collection_path.stem == "test_every_page")
    )
    return None if asked else True


def belongs(item, paths):
    """Say whether a test belongs to notebooks.

    It does if a notebook, or something with its name as an attribute `notebook`, is one
    of the test's parameters.
    """
    whole = ["test_every_page"]
    if any(path.parent.name == "book" for path in paths):
        whole.append("test_messages")  # a message that no cell gives any more
    if item.path in paths or item.path.stem in whole:
        return True
    names = [path.name for path in paths]
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return any(
        value in paths or getattr(value, "notebook", None) in names for value in given
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Keep what is asked for; tests that go one by one come last."""
    for last in ONE_BY_ONE:
        items.sort(key=lambda item: item.nodeid.startswith(last))  # noqa: B023
    paths, skipped = config.stash[ASKED_FOR], config.stash[PASSED_BEFORE].skipped
    left_out = [
        item
        for item in items
        if item.nodeid in skipped or (paths and not belongs(item, paths))
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


class Units(LoadScopeScheduling):
    """A worker takes a whole file, but of some files a single test."""

    def _split_scope(self, nodeid):
        return nodeid if nodeid.startswith(ONE_BY_ONE) else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config, log):
    """Keep all workers busy to the end."""
    return Units(config, log)


def part_of(nodeid):
    """Return what a test belongs to, for the table of times."""
    folder = nodeid.split("::")[0].rpartition("/")[0].split("/")
    if nodeid.startswith("tests/test_answers"):
        return "answers to the exercises"
    return "/".join(folder[:2]) if folder[0] in ("grader", "tests") else folder[0]


def pytest_terminal_summary(terminalreporter, config):
    """Print how long the parts took, and what was left out."""
    outcomes = terminalreporter.stats.values()
    reports = [r for outcome in outcomes for r in outcome if hasattr(r, "duration")]
    seconds = Counter()
    for report in reports:
        seconds[part_of(report.nodeid)] += report.duration
    times = [f"{part} {taken:.0f}" for part, taken in seconds.most_common()]
    terminalreporter.write_line(f"seconds, of all workers: {', '.join(times)}")
    # Each phase of a test reports what its test has noted.
    noted = dict.fromkeys(pair for report in reports for pair in report.user_properties)
    for kind, said in noted:
        if kind == "note":
            terminalreporter.write_line(said)
    passed_before = config.stash[PASSED_BEFORE]
    if passed_before.skipped and not config.option.pages:
        terminalreporter.write_line(
            "not run, since they are as they were when they last passed here: "
            f"{', '.join(passed_before.skipped)} (make test ALL=1 runs them)"
        )
    option = config.option
    if not (option.nbval_lax or option.nbval_sanitize_with or sys.flags.optimize):
        passed_before.write(reports)
