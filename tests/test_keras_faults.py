"""Appendix D lists faults of Keras that are there, each with a short script."""

import ast

import entry_list
import keras_faults
import pytest
from backend_process import BACKENDS, installed
from repository import ROOT

FAULTS = keras_faults.read_faults()
MADE_UP = [
    ("assert True", None, "still there"),
    ("assert False", None, "gone"),
    ("assert True", "1.0", "still there"),
    ("assert False", "1.0", "gone"),
    ("assert misspelt", None, "broken"),
    ("import os; os._exit(1)", None, "broken"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["what"])
def test_a_fault_has_a_short_script_a_section_and_a_public_thread(fault):
    lines = fault["script"].splitlines()
    assert len(lines) <= 10 and max(map(len, lines)) <= 76
    assert isinstance(ast.parse(fault["script"]).body[-1], ast.Assert)
    assert entry_list.section_link(fault["section"], ROOT / "book")
    assert fault["backend"] in BACKENDS
    assert fault.get("thread", "https://github.com/").startswith("https://github.com/")
    assert keras_faults.expected(fault, "3.15.1") == keras_faults.THERE


@pytest.mark.parametrize("backend", filter(installed, BACKENDS))
def test_the_faults_are_as_the_list_says(backend):
    assert keras_faults.surprises(*keras_faults.measure(backend)) == []


def test_what_is_not_as_the_list_says_is_told():
    fault = {"section": "a#b", "backend": "tensorflow"}
    faults = [
        {**fault, "what": f"Fault {n}.", "until": until, "script": script}
        for n, (script, until, _) in enumerate(MADE_UP)
    ]
    version, measured = keras_faults.measure("tensorflow", faults)
    assert [state for _, state, _ in measured] == [state for *_, state in MADE_UP]
    told = keras_faults.surprises(version, measured)
    assert [sentence.split(": ")[-1] for sentence in told] == [
        f"Fault {n}." for n in (1, 2, 4, 5)
    ]
    assert "NameError: name 'misspelt'" in told[2] and "broke off" in told[3]
    gone = keras_faults.those_gone(version, measured)
    assert len(gone) == 2
    assert "doesn't say so yet" in gone[0] and "as the list says" in gone[1]


def test_a_version_is_compared_by_its_numbers():
    fault = {"until": "3.16"}
    before, after = "3.9.2", "3.16.0.dev2026102704"
    assert keras_faults.expected(fault, before) == keras_faults.THERE
    assert keras_faults.expected(fault, after) == keras_faults.GONE


def test_a_section_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="no section intro.md#nowhere"):
        entry_list.section_link("intro.md#nowhere", ROOT / "book")
