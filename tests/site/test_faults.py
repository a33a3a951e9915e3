"""What the other tests look for would be noticed."""

import os

import built_site
import pytest
from built_site import BUILD_STAMP, serving, what_is_wrong_with_the_build
from page_problems import LARGEST_FIRST_VISIT, MODES, PHONE, problems_of_page

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
WHILE_LOADING = {
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
    "heavy file": (
        "<script src='heavy.js'></script>",
        f"more than {LARGEST_FIRST_VISIT}",
    ),
    "search without results": ("", "the search finds nothing"),
}
ON_EACH_SCREEN = {
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
        f"<img src='{DOT}'>",
        f"the figure {DOT} has no alternative text",
    ),
    "figure with a file name for text": (
        f"<img src='{DOT}#2' alt='_images/1.png'>",
        f"the figure {DOT}#2 has no alternative text",
    ),
    "stretched figure": (
        f"<img src='{DOT}' width='90' height='60' alt='A figure of one dot'"
        " style='width: 60px; height: 60px'>",
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
        "<details><summary>More</summary><b style='color: #bbb'>Pale</b></details>",
        "(color-contrast): <b style",
    ),
    "pale word of code": (
        "<pre><span>def</span> <span>call</span> <span style='color: #bbb'>self</span>"
        "</pre>",
        "(color-contrast): <span style",
    ),
    "wide element": (
        "<div style='width: 3000px'>Wide</div>",
        "px sideways, because of <div style",
    ),
    "scheme that does not change": (
        "<script>document.documentElement.dataset.theme = 'blue'</script>",
        "it does not become",
    ),
}
IN_THE_DARK = {
    "button without a name, shown in the dark": (
        "<style>@media (prefers-color-scheme: light) { button { display: none } }"
        "</style><button></button>",
        "(button-name): <button>",
    ),
}
ON_PAPER = {
    "folded": ("<details><summary>More</summary><p>Text</p></details>", "closed: <p>"),
    "cut off": (
        "<pre style='width: 50px; overflow: hidden'>A long line of code</pre>",
        "clipped: <pre",
    ),
    "beyond": (
        "<table style='width: 700px'><tbody><tr><td>1</td></tr></tbody></table>",
        "beyond the paper: <table",
    ),
    "split": (f"<img src='{DOT}' alt='A figure of one dot'>", "may be split: <img"),
}

GROUPS = {
    "search": (WHILE_LOADING, ["loading"]),
    "screens": (ON_EACH_SCREEN, [f"{screen}, {scheme}" for screen, scheme in MODES]),
    "dark": (IN_THE_DARK, ["phone, dark", "desktop, dark"]),
    "paper": (ON_PAPER, ["paper"]),
}


@pytest.mark.browser_context_args(**PHONE)
def test_a_sound_page_has_no_problem(page, tmp_path):
    (tmp_path / "sound.html").write_text(SOUND_PAGE.format(""))
    with serving(tmp_path) as address:
        assert problems_of_page(page, address + "sound.html", tmp_path) == {}


@pytest.mark.browser_context_args(**PHONE)
@pytest.mark.parametrize("group", GROUPS)
def test_faults_would_be_noticed(page, tmp_path, group):
    """Each in every place where it is seen, and in no other."""
    faults, places = GROUPS[group]
    content = "\n".join(fault for fault, _ in faults.values())
    (tmp_path / f"{group}.html").write_text(SOUND_PAGE.format(content))
    (tmp_path / "heavy.js").write_text(f"// {os.urandom(LARGEST_FIRST_VISIT).hex()}")
    with serving(tmp_path) as address:
        problems = problems_of_page(page, f"{address}{group}.html", tmp_path)
    for name, (_, expected) in faults.items():
        noticed = [
            place
            for place, found in problems.items()
            if any(expected in sentence for sentence in found)
        ]
        assert noticed == places, f"{name}: {problems}"


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
    assert built_site.what_is_wrong_with_the_names() is None
    assert built_site.pages() == [
        "book/01_lambda_layers.html",
        "book/intro.html",
        "search.html",
    ]
    monkeypatch.setenv("PAGES", "book/introduction")
    problem = built_site.what_is_wrong_with_the_names()
    assert "no page book/introduction; there are book/intro," in problem
