"""What the other tests look for would be noticed."""

import os
from pathlib import Path

import pytest
import yaml
from built_site import BUILD_STAMP, pages, serving, what_is_wrong_with_the_build
from page_problems import LARGEST_FIRST_VISIT, PHONE, problems_of_page

SOUND_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
  <title>A page</title>
  <link rel="icon" href="data:,">
  <meta name="viewport" content="width=device-width, initial-scale=1">
</head>
<body><main><article><h1>A page</h1>{}</article></main></body>
</html>"""

DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
FAULTS = Path(__file__).with_name("faults.yml").read_text().replace("DOT", DOT)
GROUPS = [
    {"page": "sound", "places": [], "faults": {}},
    *yaml.safe_load(FAULTS),
]


@pytest.mark.browser_context_args(**PHONE)
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["page"])
def test_faults_would_be_noticed(page, tmp_path, group):
    """Each in every place where it is seen, and in no other; no fault in none."""
    name, faults = f"{group['page']}.html", group["faults"]
    (tmp_path / name).write_text(SOUND_PAGE.format("\n".join(faults.values())))
    (tmp_path / "heavy.js").write_text(f"// {os.urandom(LARGEST_FIRST_VISIT).hex()}")
    with serving(tmp_path) as address:
        problems = problems_of_page(page, address + name, tmp_path)
    assert faults or not problems
    for expected in faults:
        noticed = [
            place
            for place, found in problems.items()
            if any(expected in sentence for sentence in found)
        ]
        assert noticed == group["places"], f"{expected}: {problems}"


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


def test_pages_can_be_named(monkeypatch):
    monkeypatch.setenv("PAGES", "book/intro book/01_lambda_layers.ipynb search.html")
    named = ["book/intro.html", "book/01_lambda_layers.html", "search.html"]
    assert pages() == named
    monkeypatch.setenv("PAGES", "book/introduction")
    with pytest.raises(ValueError, match="no page book/introduction; .* book/intro,"):
        pages()
