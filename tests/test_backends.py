"""The page about backends shows what the backends do."""

import backends
import pytest
import yaml


def known():
    return yaml.safe_load(backends.RESULTS.read_text())


def test_results_are_what_the_page_shows():
    here = [backend for backend in backends.BACKENDS if backends.installed(backend)]
    if here == ["tensorflow"]:
        pytest.skip("no backend besides TensorFlow: see requirements-backends.txt")
    new = backends.measure(here, known())
    assert backends.differences(new, known()) == []


def test_a_step_that_fails_says_why():
    for entry in known()["steps"]:
        results = entry["backends"].values()
        said = {said for result in results for said in result.values()}
        assert said == {"yes"} or entry["why"], entry["step"]


def test_every_backend_was_measured():
    for results in backends.by_step(known()).values():
        assert all(results[backend] for backend in backends.BACKENDS)


def test_pytorch_is_measured_again_in_the_version_that_the_page_names():
    """It is too large for this suite; a workflow installs it."""
    pinned = f"torch=={known()['versions']['torch']['version']}"
    for name in [".github/workflows/backends.yml", "requirements-backends.txt"]:
        assert pinned in (backends.ROOT / name).read_text(), name


def test_another_version_and_a_result_that_changed_are_named():
    new = known()
    new["versions"]["jax"] = {"version": "0.0.1", "keras": "3.15.1"}
    new["steps"][0]["backends"]["jax"] = {"predict": "yes", "fit": "no"}
    version, result = backends.differences(new, known())
    assert "0.0.1" in version and "jax" in version
    assert "`Lambda(lambda x: x**2)`, jax" in result
