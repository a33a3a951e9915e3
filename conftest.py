"""What nbval lacks: it compares figures, too, and says how many cells it compared."""

import base64
import io

import numpy as np
from nbval.plugin import IPyNbCell, IPyNbFile
from PIL import Image

# Root mean square of the difference in grey levels, 0 to 255. The same run gives
# 0; a typing error in a label or a dashed line gives 5 and more. A cell that draws
# what a model has learnt may name its own, as `figure_tolerance` in its metadata.
FIGURE_TOLERANCE = 2.0
PNG_IN_BASE64 = "iVBORw0KGgo"


class Figure(str):
    """A PNG in base64 that equals another one if their pixels nearly agree."""

    tolerance = FIGURE_TOLERANCE
    __hash__ = str.__hash__

    def __eq__(self, other):
        return str.__eq__(self, other) or self.difference(other) <= self.tolerance

    def __ne__(self, other):
        return not self == other

    def pixels(self):
        """Return the grey levels, shape (height, width)."""
        image = Image.open(io.BytesIO(base64.b64decode(self)))
        return np.asarray(image.convert("L"), dtype=float)

    def difference(self, other):
        """Return the RMS difference in grey levels; infinite if the sizes differ."""
        here, there = self.pixels(), Figure(other).pixels()
        if here.shape != there.shape:
            return np.inf
        return float(np.sqrt(np.mean((here - there) ** 2)))


def sanitize_or_compare_as_figure(cell, output, sanitize=IPyNbCell.sanitize):
    """Stand in for `IPyNbCell.sanitize`, through which every output passes."""
    if isinstance(output, str) and output.startswith(PNG_IN_BASE64):
        figure = Figure(output.replace("\n", ""))
        figure.tolerance = cell.cell.metadata.get("figure_tolerance", FIGURE_TOLERANCE)
        return figure
    return sanitize(cell, output)


IPyNbCell.sanitize = sanitize_or_compare_as_figure


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
            f"notebook cells compared with their stored output: "
            f"{sum(compared)} of {len(compared)} ({np.mean(compared):.1%})"
        )
