"""The page about engines shows what the engines do."""

import engines
import pytest
import yaml


def known():
    return yaml.safe_load(engines.RESULTS.read_text())


def test_results_are_what_the_page_shows():
    here = [
        engine for engine in engines.ENGINES if engines.installed(engine)
    ]
    if here == ["tensorflow"]:
        pytest.skip(
            "no engine besides TensorFlow: see requirements-engines.txt"
        )
    new = engines.measure(here, known())
    assert engines.differences(new, known()) == []


def test_a_step_that_fails_says_why():
    for entry in known()["steps"]:
        results = [
            result
            for engine in entry["engines"].values()
            for result in engine.values()
        ]
        assert all(r == "yes" for r in results) or entry["why"], entry[
            "step"
        ]


def test_every_engine_was_measured():
    for entry in known()["steps"]:
        assert all(entry["engines"][engine] for engine in engines.ENGINES)


def test_a_result_that_changed_is_named():
    new = known()
    new["steps"][0]["engines"]["jax"] = {"predict": "yes", "fit": "no"}
    (found,) = engines.differences(new, known())
    assert "`Lambda(lambda x: x**2)`, jax" in found
