"""The report on the newest Keras tells wrong pages from what prints differently."""

import newest
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

LISTED = "Expected keys ['misfit'] in loss dict"  # stands for one of Appendix B


@pytest.fixture(autouse=True)
def one_message(monkeypatch):
    entries = {"groups": [{"messages": [{"message": LISTED}]}]}
    monkeypatch.setattr(newest.appendix_b, "read_entries", lambda book: entries)


def printed(text, tags=()):
    """Return a code cell that has printed a text."""
    output = new_output("stream", name="stdout", text=text)
    return new_code_cell("run()", outputs=[output], metadata={"tags": tags})


def failed(error, message="m"):
    """Return a code cell that has raised an error."""
    traceback = [f"{error}: {message}"]
    output = new_output("error", ename=error, evalue=message, traceback=traceback)
    return new_code_cell("run()", outputs=[output])


def kinds(before, after, *markdown):
    """Return the kinds of what differs between two cells, each in a notebook."""
    texts = [new_markdown_cell(text) for text in ("# Title", *markdown)]
    old, new = (new_notebook(cells=[*texts, cell]) for cell in (before, after))
    return [kind for kind, *_ in newest.compare(old, new)]


IGNORED = ["nbval-ignore-output"]
DIFFER = {
    newest.WRONG: [
        (printed("fine"), failed("AssertionError")),
        (failed("ValueError"), printed("fine")),
        (failed("ValueError"), failed("TypeError")),
        (failed("ValueError", LISTED), failed("ValueError", "other words")),
        (printed(f"ValueError: {LISTED}"), printed("ValueError: other")),
        (printed("loads  yes"), printed("loads  NO")),
        (printed("loads  yes"), printed("loads  TypeError")),
        (printed("at least 0.98: True"), printed("at least 0.98: False")),
        (printed("loss 0.5"), printed("loss nan")),
        (printed("0.123", IGNORED), failed("AssertionError")),
    ],
    newest.PRINTED: [
        (printed("loss 0.51"), printed("loss 0.52")),
        (
            printed("m\nArguments received by call():\n  • mask=None"),
            printed("m\nArguments received by call():\n  • args=(1,)"),
        ),
        (printed("keras.src.layers"), printed("keras.layers")),
        (failed("ValueError", "some words"), failed("ValueError", "others")),
        (failed("ValueError", LISTED), failed("ValueError", f"{LISTED}, found others")),
    ],
    "Not named": [
        (printed("0.5"), printed("0.5")),
        (printed("0.5", IGNORED), printed("0.6", IGNORED)),
    ],
}


@pytest.mark.parametrize(
    "kind, before, after",
    [(kind, *cells) for kind, pairs in DIFFER.items() for cells in pairs],
)
def test_what_differs_is_of_its_kind(kind, before, after):
    assert kinds(before, after) == ([] if kind == "Not named" else [kind])


NOTICE = "```{versionchanged} 3.16\nIt loads.\n```"


def test_a_notice_counts_for_its_section_only():
    before, after = printed("yes"), printed("no")
    assert kinds(before, after, "## One", NOTICE) == [newest.TOLD]
    assert kinds(before, after, f"## One\n\n{NOTICE}") == [newest.TOLD]
    assert kinds(before, after, "## One", NOTICE, "## Two") == [newest.WRONG]


def test_a_notice_above_the_next_heading_counts_for_the_section_before():
    notice = new_markdown_cell(f"{NOTICE}\n\n## Two")
    cells = [new_markdown_cell("## One"), printed("yes"), notice, printed("1")]
    told = newest.sections_with_a_notice(new_notebook(cells=cells))
    assert told[1] and not told[3]


def test_the_report_names_page_cell_and_change():
    old, new = (new_notebook(cells=[printed(text)]) for text in ("yes", "no"))
    text = newest.report({"book/a.ipynb": list(newest.compare(old, new))}, [])
    assert "## The page has become wrong: 1 cells" in text
    assert "### book/a.ipynb, cell 0" in text
    assert "-yes\n+no\n" in text
    assert "## Faults of Keras that are gone\n\nNone." in text
    with_faults = newest.report({}, ["- Lambda says more. `a#b`, as the list says"])
    assert "## Faults of Keras that are gone\n\n- Lambda says more." in with_faults
