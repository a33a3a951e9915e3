"""Say where site and source are published, and what a search engine should read.

Both addresses stand in _config.yml, as `html: baseurl` and `repository: url`.
"""

from urllib.parse import urlsplit


def spread(app, config):
    """Where an address is not set, what needs it is left out."""
    published = bool(config.html_theme_options.get("repository_url"))
    for button in ("repository", "issues"):
        config.html_theme_options[f"use_{button}_button"] = published
    if not published:
        config.html_theme_options["launch_buttons"] = {}
    config.ogp_site_name = config.html_title
    config.ogp_site_url = config.html_baseurl
    # The page for addresses that lead nowhere is served at any depth.
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path or "/"


def describe_search(app, pagename, templatename, context, doctree):
    """Describe the one page that has no text to take a description from."""
    if pagename == "search":
        what = f"Search all pages of {app.config.html_title}."
        context["metatags"] = (
            context.get("metatags", "") + f'<meta name="description" content="{what}">'
        )


def setup(app):
    """Register with Sphinx, before the extensions that read these settings."""
    app.connect("config-inited", spread, priority=100)
    app.connect("html-page-context", describe_search)
    return {"parallel_read_safe": True}
