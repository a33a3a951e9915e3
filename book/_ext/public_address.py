"""Say where site and source are published, and what a search engine should read.

Both addresses stand in _config.yml, as `html: baseurl` and `repository: url`. Where one
is empty there, GitHub's machines know it.
"""

import os
from urllib.parse import urlsplit

from sphinx.util.docutils import SphinxDirective


def repository_address(configured, environment=os.environ):
    """Return the address of the repository, or an empty text."""
    name = environment.get("GITHUB_REPOSITORY")
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    return configured or (f"{server}/{name}" if name else "")


def site_address(configured, environment=os.environ):
    """Return the address of the site, with a slash at its end, or an empty text.

    publish.yml takes SITE_ADDRESS from GitHub Pages, which knows of one's own domain.
    """
    address = configured or environment.get("SITE_ADDRESS", "")
    return address and address.rstrip("/") + "/"


def spread(app, config):
    """Where an address is not known, what needs it is left out."""
    theme = config.html_theme_options
    theme["repository_url"] = repository_address(theme.get("repository_url"))
    config.html_baseurl = site_address(config.html_baseurl)
    published = bool(theme["repository_url"])
    for button in ("repository", "issues"):
        theme[f"use_{button}_button"] = published
    if not published:
        theme["launch_buttons"] = {}
    config.ogp_site_name = config.html_title
    config.ogp_site_url = config.html_baseurl


def describe(app, pagename, templatename, context, doctree):
    """Describe the search, which has no text for it; give the page 404 its doors."""
    if pagename == "search":
        what = f"Search all pages of {app.config.html_title}."
        context["metatags"] = (
            context.get("metatags", "") + f'<meta name="description" content="{what}">'
        )
    if pagename == "404":  # it is served at any depth
        first = app.config.root_doc
        pages = [first, *app.env.toctree_includes[first]]
        context["doors"] = [
            (app.builder.get_target_uri(page), app.env.titles[page].astext())
            for page in pages
        ]
        context["site_address"] = app.config.html_baseurl
        context["site_root"] = urlsplit(app.config.html_baseurl).path or "/"


class GetTheFolder(SphinxDirective):
    """The lines that get the book's folder; its content, if no address is known."""

    has_content = True

    def run(self):
        """Return the nodes."""
        theme = self.config.html_theme_options
        address = theme["repository_url"]
        if not address:
            return self.parse_content_to_nodes()
        name = urlsplit(address).path.strip("/").split("/")[-1]
        archive = f"{address}/archive/refs/heads/{theme['repository_branch']}.zip"
        return self.parse_text_to_nodes(
            f"```sh\ngit clone {address}\ncd {name}\n```\n\n"
            f"Without git, unpack [the folder as a ZIP file]({archive})."
        )
