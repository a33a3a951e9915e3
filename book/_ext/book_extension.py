"""All that this book adds to Sphinx."""

from pathlib import Path

from sphinx.domains.changeset import versionlabels

import backend_notes
import entry_list
import exercise_table
import folded_cells
import from_cells
import light_pages
import message_index
import notebook_links
import offline_mathjax
import predict_answers
import public_address
import section_search

DIRECTIVES = {
    "backend-table": backend_notes.BackendTable,
    "cell-error": from_cells.CellError,
    "cell-figure": from_cells.CellFigure,
    "cell-lines": from_cells.CellLines,
    "exercise-answers": exercise_table.ExerciseAnswers,
    "exercise-table": exercise_table.ExerciseTable,
    "get-the-folder": public_address.GetTheFolder,
    **dict.fromkeys(entry_list.LISTS, entry_list.EntryList),
}
TRANSFORMS = [
    predict_answers.PredictAnswers,
    backend_notes.BackendLabels,
    notebook_links.ExerciseLinks,
]
# What is done to each page, before and after the theme.
PAGE_HANDLERS = [
    notebook_links.add_links,
    message_index.add_scripts,
    light_pages.load_figures_late,
    light_pages.leave_words_plain,
    public_address.describe,
]
LATE_PAGE_HANDLERS = [offline_mathjax.leave_out, light_pages.run_scripts_late]


def finish(app, error):
    """Change the files of the site, unless the build broke off."""
    if error is None and app.builder.format == "html":
        site = Path(app.outdir)
        offline_mathjax.copy_mathjax(site)
        message_index.write_data(site, Path(app.srcdir, "book"))
        light_pages.make_light(site)
        section_search.write_index(app)


def setup(app):
    """Register with Sphinx."""
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    for transform in TRANSFORMS:
        app.add_transform(transform)
    for handler in PAGE_HANDLERS:
        app.connect("html-page-context", handler)
    for handler in LATE_PAGE_HANDLERS:
        app.connect("html-page-context", handler, priority=900)
    # Before the extensions that read these settings.
    app.connect("config-inited", public_address.spread, priority=100)
    app.connect("source-read", folded_cells.fold)
    app.connect("build-finished", finish)
    app.add_config_value("exercise_answers", True, "env", bool)
    app.config.html_search_scorer = str(section_search.SCRIPT)
    app.config.mathjax_path = "mathjax/startup.js"
    app.config.mathjax3_config = {"loader": {"load": offline_mathjax.COMPONENTS}}
    # A `versionchanged` speaks of Keras, not of this book.
    versionlabels["versionchanged"] = "Changed in Keras %s"
