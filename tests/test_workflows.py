"""The workflows do what the pages say of them."""

import yaml
from repository import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"


def workflow(name):
    # Other loaders take a bare `on` for the word True.
    return yaml.load((WORKFLOWS / name).read_text(), yaml.BaseLoader)


def test_the_site_is_published_only_after_the_tests_have_passed():
    publish = workflow("publish.yml")
    assert list(publish["on"]) == ["workflow_run"]
    trigger = publish["on"]["workflow_run"]
    assert trigger["workflows"] == [workflow("test.yml")["name"]]
    assert trigger["branches"] == ["main"]
    build = publish["jobs"]["build"]
    assert "workflow_run.conclusion == 'success'" in build["if"]
    assert "workflow_run.event == 'push'" in build["if"]
    # The commit that was tested, and not a newer one.
    checkout = build["steps"][0]["with"]
    assert checkout["ref"] == "${{ github.event.workflow_run.head_sha }}"
    assert publish["jobs"]["deploy"]["needs"] == "build"


def test_the_site_that_is_published_knows_its_address():
    """As GitHub Pages gives it; the address of the repository GitHub sets by itself."""
    build = workflow("publish.yml")["jobs"]["build"]
    (pages,) = [step for step in build["steps"] if step.get("id") == "pages"]
    assert pages["uses"].startswith("actions/configure-pages@")
    assert build["permissions"]["pages"] == "read"
    (make,) = [step for step in build["steps"] if step.get("run") == "make book"]
    assert make["env"] == {"SITE_ADDRESS": "${{ steps.pages.outputs.base_url }}"}
