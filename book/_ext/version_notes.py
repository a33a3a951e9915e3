"""A `versionchanged` speaks of Keras, not of this book."""

from sphinx.domains.changeset import versionlabels


def setup(app):
    """Register with Sphinx."""
    versionlabels["versionchanged"] = "Changed in Keras %s"
    return {"parallel_read_safe": True}
