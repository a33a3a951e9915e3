"""The weekly report names each page that breaks, and the first cell of it."""

import newest

RESULTS = """<testsuites><testsuite>
<testcase classname="book.a.ipynb" name="Cell 0"/>
<testcase classname="book.b.ipynb" name="Cell 3"><failure>first &lt;line&gt;
second line</failure></testcase>
<testcase classname="book.b.ipynb" name="Cell 4"><failure>later</failure></testcase>
<testcase classname="book.c.ipynb" name="Cell 0"><error message="no kernel"/></testcase>
</testsuite></testsuites>"""


def test_report_names_what_breaks(tmp_path):
    (tmp_path / "results.xml").write_text(RESULTS)
    broken = newest.broken_pages(tmp_path / "results.xml")
    assert list(broken) == ["book.b.ipynb", "book.c.ipynb"]
    text = newest.report(broken)
    assert "Pages that break: 2." in text
    assert "## book.b.ipynb: 2 cells" in text
    assert "First: Cell 3" in text and "first <line>" in text
    assert "later" not in text and "no kernel" in text
