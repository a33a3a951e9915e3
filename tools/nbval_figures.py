"""A plugin of pytest for what nbval lacks: figures, ended kernels, and counting."""

import time
from queue import Empty

from figures import FIGURE_TOLERANCE, Figure
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

PNG_IN_BASE64 = "iVBORw0KGgo"


def figure_or_sanitized_text(cell, output, sanitize=IPyNbCell.sanitize):
    """Stand in for `IPyNbCell.sanitize`, through which every output passes."""
    if isinstance(output, str) and output.startswith(PNG_IN_BASE64):
        figure = Figure(output.replace("\n", ""))
        figure.tolerance = cell.cell.metadata.get("figure_tolerance", FIGURE_TOLERANCE)
        return figure
    return sanitize(cell, output)


IPyNbCell.sanitize = figure_or_sanitized_text


def reply_of_living(kernel, message, timeout, await_reply=RunningKernel.await_reply):
    """Stand in for `RunningKernel.await_reply`: a kernel that has ended is told."""
    end = time.monotonic() + timeout
    while True:
        try:
            return await_reply(kernel, message, timeout=1)
        except Empty:
            if not kernel.is_alive():
                raise RuntimeError("the cell has ended its kernel") from None
            if time.monotonic() > end:
                raise


RunningKernel.await_reply = reply_of_living


def pytest_collectstart(collector):
    """Take figures off the list of what nbval does not compare."""
    if isinstance(collector, IPyNbFile):
        collector.skip_compare = tuple(
            key for key in collector.skip_compare if key != "image/png"
        )


def pytest_itemcollected(item):
    """Record on each cell whether it is compared; reports carry it to the summary."""
    if isinstance(item, IPyNbCell):
        item.user_properties.append(("compared", item.options["check"]))


def pytest_terminal_summary(terminalreporter):
    """Print the share of cells whose stored output was compared."""
    compared = [
        dict(report.user_properties)["compared"]
        for outcome in ("passed", "failed", "skipped")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call" and "compared" in dict(report.user_properties)
    ]
    if compared:
        terminalreporter.write_line(
            f"notebook cells compared with their stored output: {sum(compared)} of "
            f"{len(compared)} ({sum(compared) / len(compared):.1%})"
        )
