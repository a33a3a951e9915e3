"""Run every notebook with the newest TensorFlow and Keras; write which pages break.

    .venv/newest/bin/python tools/newest.py

The report is _build/newest.md. The exit code is 0 only if every page holds.
"""

import importlib.metadata
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "_build" / "newest.xml"
REPORT = ROOT / "_build" / "newest.md"
LINES_SHOWN = 12


def run_notebooks():
    """Compare every notebook with its stored outputs; return pytest's exit code."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.unlink(missing_ok=True)
    command = [
        "-m",
        "pytest",
        "book",
        "solutions",
        f"--junit-xml={RESULTS}",
    ]
    return subprocess.run([sys.executable, *command], cwd=ROOT).returncode


def broken_pages(results):
    """Return {notebook: [(cell, message), ...]} from a JUnit file of pytest."""
    broken = {}
    for case in ElementTree.parse(results).iter("testcase"):
        for problem in [*case.findall("failure"), *case.findall("error")]:
            page = case.get("classname") or case.get("file") or "?"
            text = problem.text or problem.get("message") or ""
            broken.setdefault(page, []).append((case.get("name"), text))
    return broken


def report(broken):
    """Return the report as Markdown: versions, pages, the first failure of each."""
    versions = [
        f"- {name} {importlib.metadata.version(name)}"
        for name in ("tensorflow", "keras", "numpy")
    ]
    lines = [*versions, f"- Python {sys.version.split()[0]}", ""]
    lines.append(f"Pages that break: {len(broken)}.")
    for page, failures in broken.items():
        cell, text = failures[0]
        shown = "\n".join(text.strip().splitlines()[:LINES_SHOWN])
        lines += [
            "",
            f"## {page}: {len(failures)} cells",
            "",
            f"First: {cell}",
        ]
        lines += ["", "```text", shown, "```"]
    return "\n".join(lines) + "\n"


def main():
    """Run, write the report, print it, and say by the exit code how it went."""
    exit_code = run_notebooks()
    if not RESULTS.exists():
        REPORT.write_text(
            "The notebooks could not be run at all; see the log.\n"
        )
    else:
        REPORT.write_text(report(broken_pages(RESULTS)))
    print(REPORT.read_text())
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
