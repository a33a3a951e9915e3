"""The chapters that need no backend of their own run on JAX, but for marked cells."""

import backend_process
import on_backend
import pytest


@pytest.mark.skipif(not backend_process.installed("jax"), reason="JAX is not installed")
@pytest.mark.parametrize("path", on_backend.NEUTRAL, ids=lambda path: path.stem)
def test_chapter_runs_on_jax(path):
    ran, _, faults = on_backend.run(path, "jax")
    assert ran and not faults, "\n".join(faults)
