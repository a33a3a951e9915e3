"""Exercises and answers on the site: what is shown, where, and what never is."""

import html
import re
from types import SimpleNamespace

import notebook_links
import pytest
from built_site import SITE, config
from keras_book_grader.exercise import notebooks, read_exercise
from keras_book_grader.notebook import read_notebook
from public_address import repository_address
from repository import ROOT

SOLUTIONS = [
    read_exercise(path.read_bytes(), path.stem) for path in notebooks(ROOT, "solutions")
]
EXERCISES_WITH_CHAPTERS = [
    exercise.name
    for exercise in SOLUTIONS
    if (ROOT / "book" / f"{exercise.name}.ipynb").exists()
]


def text_of(path):
    """Return all that the cells of a notebook hold."""
    return "\n".join(cell.source for cell in read_notebook(path.read_bytes()))


def test_each_answer_is_there_once_and_closed(page, site):
    """In the order of the exercises, and only where the site shall show them."""
    expected = []
    if config()["sphinx"]["config"]["exercise_answers"]:
        expected = [
            question.answer
            for exercise in SOLUTIONS
            for question in exercise.questions
            if exercise.name in EXERCISES_WITH_CHAPTERS
        ]
    page.goto(site + "book/exercises.html")
    code = page.locator("article pre")
    assert [text.rstrip() for text in code.all_text_contents()] == expected
    assert code.locator("visible=true").count() == 0
    titles = page.locator("article details:not([open]):has(pre) > summary")
    assert titles.count() == len(expected)
    for title in titles.all_inner_texts():
        assert re.match(r"Question \d+: .", title)
    if expected:
        titles.first.focus()
        page.keyboard.press("Enter")
        assert code.first.is_visible()


def secret_lines():
    """Return the long lines of hidden checks, and of the answers of the project."""
    public = [*ROOT.glob("book/*.ipynb"), *notebooks(ROOT, "exercises")]
    given = "\n".join(map(text_of, public))
    secrets = []
    for exercise in SOLUTIONS:
        secrets += [checks.hidden for checks in exercise.checks]
        if exercise.name not in EXERCISES_WITH_CHAPTERS:
            secrets += [question.answer for question in exercise.questions]
    lines = {line.strip() for line in "\n".join(secrets).splitlines()}
    return {line for line in lines if len(line) > 40 and line not in given}


def test_no_file_of_the_site_shows_a_hidden_check_or_graded_work():
    """Neither as text on a page nor in a notebook to download."""
    secrets = secret_lines()
    assert secrets
    for path in SITE.rglob("*"):
        if path.suffix == ".html":
            text = html.unescape(re.sub("<[^>]+>", "", path.read_text()))
        elif path.suffix == ".ipynb":
            text = text_of(path)
        else:
            continue
        found = [secret for secret in secrets if secret in text]
        assert not found, f"{path.name} shows {found}"


@pytest.mark.parametrize("exercise", SOLUTIONS, ids=lambda exercise: exercise.name)
def test_checks_are_folded_and_answers_are_not(page, site, exercise):
    page.goto(f"{site}exercises/{exercise.name}/{exercise.name}.html")
    boxes = page.locator("article details:not([open])", has_text="Show the checks")
    assert boxes.count() == len(exercise.checks)
    answers = page.locator("article pre", has_text="raise NotImplementedError()")
    assert answers.count() >= len(exercise.questions)
    assert answers.locator("visible=true").count() == answers.count()
    first = page.locator("article details", has_text="Show the checks").first
    assert not first.locator("pre").is_visible()
    first.locator("summary").press("Enter")
    assert first.locator("pre").is_visible()
    assert first.locator("summary").inner_text().strip() == "Hide the checks"


@pytest.mark.parametrize("name", EXERCISES_WITH_CHAPTERS)
def test_chapter_leads_to_its_exercise(page, site, name):
    """Under "Now you:" are links that get the exercise's notebook."""
    page.goto(f"{site}book/{name}.html")
    links = page.locator("p:has(> strong:text-is('Now you:')) + p a")
    published = bool(repository_address(config()["repository"]["url"]))
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
        return notebook_links.colab_address(settings, path)

    assert address() == (
        f"https://colab.example/github/someone/a-book/blob/main/{path}"
    )
    assert address(repository_url="") is None
    assert address(repository_url="https://gitlab.com/a/b") is None
    assert address(launch_buttons={}) is None
