# Every verb of this book. Each recipe line can be typed by hand, with the
# environment of the first rule activated; README.md shows how.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
BACKENDS := .venv/backends/installed
BUILT := _build/built
# The folders themselves change when a file is removed.
SOURCES := _config.yml _toc.yml book/. exercises/. solutions/. \
	$(shell find book exercises solutions -mindepth 1 -not -path '*/.*' -not -path '*__pycache__*')
COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 requirements.in --output-file requirements.txt
IN_NEWEST := $(BIN)/python -m uv pip install --quiet --python .venv/newest
NOTEBOOKS ?= $(if $(call given,EXERCISE),$(foreach e,$(EXERCISE),$(wildcard solutions/$(e)_*/*.ipynb solutions/0$(e)_*/*.ipynb)),$(wildcard book/*.ipynb solutions/*/*.ipynb))

# The value of a variable if it was given with the command: `make test EXERCISE=05`.
given = $(if $(filter command line environment,$(origin $(1))),$($(1)))
# Of `make test`: what it is narrowed to, and, for ruff, in which files.
ONLY := $(strip $(foreach name,NOTEBOOKS EXERCISE PAGES,$(call given,$(name))))
IN := $(if $(ONLY),$(call given,NOTEBOOKS) $(foreach e,$(call given,EXERCISE),$(wildcard solutions/$(e)_* solutions/0$(e)_* solutions/$(e))),.)

# Of `make test-seeds`: how often with other seeds, and the first of them.
SEEDED ?= $(or $(call given,NOTEBOOKS),$(wildcard book/[0-9]*_*.ipynb) solutions/09_project/09_project.ipynb)
TRAINING ?= 10
DATA ?= 5
FIRST ?= 1

# A name that is none is told before anything is run.
$(foreach name,$(call given,NOTEBOOKS),$(if $(wildcard $(name)),,$(error there is no notebook $(name): give its path, such as book/01_lambda_layers.ipynb)))

# `make check 05` would check all exercises, and then look for a rule for 05.
$(foreach goal,$(filter 0% 1% 2% 3% 4% 5% 6% 7% 8% 9%,$(MAKECMDGOALS)),$(error say EXERCISE=$(goal), as in: make $(firstword $(filter-out $(goal),$(MAKECMDGOALS))) EXERCISE=$(goal)))

# Of `make serve`.
PORT ?= 8000
WATCHED := _config.yml _toc.yml book exercises solutions

# Of `make check` and `make grade`.
EXERCISE ?= 01
FOLDER ?= submissions

.PHONY: book check grade allow-namespaces test test-portable test-seeds test-newest execute exercises lab pdf serve format pins update clean

book: $(BUILT)
	@echo "The book is at $(CURDIR)/_build/html/index.html"

# Only the last line marks the environment as whole: an interrupted or failed
# install starts again from an empty one.
$(INSTALLED): requirements.txt grader/pyproject.toml
	@$(PYTHON) tools/supported_python.py
	@rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint requirements.txt uv
	$(BIN)/python -m uv pip install --quiet --requirements requirements.txt
	$(BIN)/python -m uv pip install --quiet --no-deps --editable grader
	@touch $@

# Always from scratch: Sphinx repeats no warning about a page it has cached, so
# a second build of a broken book would pass.
$(BUILT): $(INSTALLED) $(SOURCES)
	@rm -rf _build/html _build/.doctrees _build/jupyter_execute _build/built
	$(BIN)/jupyter-book build . -W -n --keep-going --quiet
	@touch $@

# JAX, where no notebook sees it.
$(BACKENDS): requirements-backends.txt $(INSTALLED)
	$(BIN)/python -m uv pip install --quiet --no-deps --target .venv/backends --requirements requirements-backends.txt
	@touch $@

# A learner's own answers: the checks that can be seen, of one exercise or of all.
check: $(INSTALLED)
	@$(BIN)/python -m keras_book_grader check $(call given,EXERCISE)

# What a class handed in, the hidden checks included; `OPTIONS="--jobs 8"` passes options on.
grade: $(INSTALLED)
	@$(BIN)/python -m keras_book_grader grade $(EXERCISE) "$(FOLDER)" $(OPTIONS)

# Ubuntu forbids the user namespaces that confine a submission. Until the next start.
allow-namespaces:
	sudo sysctl --write kernel.apparmor_restrict_unprivileged_userns=0

# All of it, or `make test NOTEBOOKS=book/01_lambda_layers.ipynb`, `make test EXERCISE=05`,
# `make test PAGES=book/intro`. Notebooks that are as they were when they last passed are
# left out; `make test ALL=1` runs them, too. `make test MATRIX=1` measures the whole of
# Appendix C, and not only what has changed in it.
test: $(INSTALLED) $(if $(ONLY),$(if $(PAGES),$(BUILT)),$(BUILT) $(BACKENDS))
ifneq ($(strip $(IN)),)
	$(BIN)/ruff check $(IN)
	$(BIN)/ruff format --check $(IN)
endif
	$(BIN)/pytest $(if $(ONLY),--notebooks "$(call given,NOTEBOOKS)" --exercise "$(call given,EXERCISE)" --pages "$(PAGES)") $(if $(ALL),--everything) $(if $(MATRIX),--matrix)

# The stored outputs must hold on other processors, too: `make test-portable NOTEBOOKS=...`.
test-portable: PORTABLE := $(or $(call given,NOTEBOOKS),book solutions)
test-portable: $(INSTALLED)
# TensorFlow asks the processor for bfloat16, and crashes where oneDNN is told to do
# without: a cell that tries it is left to the second line.
	ONEDNN_MAX_CPU_ISA=AVX2 $(BIN)/pytest --everything $(PORTABLE) --deselect "book/07_check_layer.ipynb::Cell 14"
	TF_ENABLE_ONEDNN_OPTS=0 $(BIN)/pytest --everything $(PORTABLE)
	TF_NUM_INTRAOP_THREADS=4 $(BIN)/pytest --everything $(PORTABLE)

# The bounds that are asserted must hold for other seeds, too: `make test-seeds TRAINING=3 DATA=2`.
test-seeds: $(INSTALLED)
	$(BIN)/python tools/seeds.py --training $(TRAINING) --data $(DATA) --first $(FIRST) $(SEEDED)

# In an environment of its own, with whatever TensorFlow and Keras are newest today;
# `make test-newest PRERELEASE=1` takes release candidates and what they ask for.
test-newest: $(INSTALLED)
	$(BIN)/python -m uv venv --quiet --clear --python $(BIN)/python .venv/newest
	$(IN_NEWEST) --upgrade --requirements requirements.in --overrides requirements-newest.txt
ifdef PRERELEASE
	$(IN_NEWEST) --prerelease allow --upgrade-package tensorflow --upgrade-package keras tensorflow keras
# keras and keras-nightly share a folder: where both are asked for, the second counts.
	if $(BIN)/python -m uv pip show --quiet --python .venv/newest keras-nightly; then \
		$(BIN)/python -m uv pip uninstall --quiet --python .venv/newest keras && \
		$(IN_NEWEST) --no-deps --prerelease allow --reinstall-package keras-nightly keras-nightly; fi
endif
	PYTHONPATH=book/_ext:grader .venv/newest/bin/python tools/newest.py $(NOTEBOOKS)

execute: $(INSTALLED)
	$(BIN)/python tools/execute.py $(NOTEBOOKS)

# All of them, or `make exercises EXERCISE=05`.
exercises: $(INSTALLED)
	@$(BIN)/python tools/generate_exercises.py $(call given,EXERCISE)

lab: $(INSTALLED)
	$(BIN)/jupyter lab

pdf: $(BUILT)
	$(BIN)/python tools/pdf.py

# Built again whenever a file is saved, at http://127.0.0.1:8000; PORT= chooses another. From a folder that holds
# the sources and nothing else: to watch .venv as well would take long.
serve: $(INSTALLED)
	@$(BIN)/python tools/free_port.py $(PORT)
	@rm -rf _build/source && mkdir -p _build/source
	@ln -s $(addprefix ../../,$(WATCHED)) _build/source
	@$(BIN)/jupyter-book config sphinx _build/source
	PYTHONPATH=book/_ext $(BIN)/sphinx-autobuild --port $(PORT) --quiet _build/source _build/serve

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pins: $(INSTALLED)
	$(COMPILE)

# As new as requirements.in allows. The second make sees the new pins, and
# installs them.
update: $(INSTALLED)
	$(COMPILE) --upgrade
	$(MAKE) execute exercises
	@git --no-pager diff --unified=0 requirements.txt | grep '^[-+][a-z]' || echo "No pin changed."
	@$(BIN)/python tools/changed_outputs.py
	@echo "Held back in requirements.in, to be raised by hand:"
	@grep '^[a-z-]*[~=<]' requirements.in

clean:
	rm -rf _build .venv
