# Needs Python 3.11 or newer and make, nothing else: each environment is made on first use, from the lock in requirements/.
#
#   make demo         work the sheet examples/homework.md into the report out/index.html
#   make test         run all tests
#   make night        the same, with whole corpora where `make test` takes samples: an hour or more
#   make check        linters, types and tests
#   make bench        time derivations, printed code, descents, training and checking beside their peers
#   make clean        remove the environments and everything that was generated

PYTHON ?= python3

# A default python3 that is too old gives way to a newer one beside it; a PYTHON that somebody chose does not.
candidates = $(PYTHON) $(if $(filter file,$(origin PYTHON)),python3.13 python3.12 python3.11)
new_enough = -c 'import sys; sys.exit(sys.version_info < (3, 11))'

# $(call make_environment,FOLDER,LOCK)
define make_environment
	@for python in $(candidates); do \
	    if "$$python" $(new_enough) 2>/dev/null; then chosen=$$python; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	    echo "chalkgrad needs Python 3.11 or newer; tried: $(strip $(candidates)). Name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
	    exit 1; \
	fi; \
	echo "making $(1) with $$("$$chosen" --version) from $(2)"; \
	"$$chosen" -m venv --clear $(1)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check -r $(2)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
endef

.PHONY: demo test night environment lint check bench clean

demo: .venv/ready
	.venv/bin/chalkgrad work examples/homework.md -o out/
	@echo "The report: $(CURDIR)/out/index.html"

test: .venv-test/ready
	.venv-test/bin/python -m pytest -n auto --dist worksteal

night: .venv-test/ready
	.venv-test/bin/python -m pytest -n auto --dist worksteal --every-document --all-hostile --all-laws --soundness 2000

environment: .venv-test/ready

lint: .venv-test/ready
	.venv-test/bin/ruff check
	.venv-test/bin/ruff format --check
	.venv-test/bin/mypy

check: lint test

bench: .venv-test/ready
	.venv-test/bin/python benchmarks/derivation.py
	.venv-test/bin/python benchmarks/expressions.py
	.venv-test/bin/python benchmarks/descent.py
	.venv-test/bin/python benchmarks/training.py
	.venv-test/bin/python benchmarks/loops.py
	.venv-test/bin/python benchmarks/checking.py
	.venv-test/bin/python benchmarks/estimators.py

clean:
	rm -rf .venv .venv-test out build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests -type d -name __pycache__ -prune -exec rm -rf {} +

.venv/ready: requirements/runtime.txt pyproject.toml
	$(call make_environment,.venv,requirements/runtime.txt)

.venv-test/ready: requirements/test.txt requirements/runtime.txt pyproject.toml
	$(call make_environment,.venv-test,requirements/test.txt)
