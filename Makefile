# make        the default study, from raw waves to reports/<study>/index.html
# make test   the tests
# make study=examples/corporate-reputation/study.yaml   another study
PYTHON ?= python3
study ?= config/study.yaml
bin := .venv/bin

.PHONY: run test lint lock
run: .venv/ready
	@$(bin)/snakemake --config study=$(study)

test: .venv/ready
	@$(bin)/python -m pytest

lint: .venv/ready
	@$(bin)/ruff check && $(bin)/ruff format --check && $(bin)/snakefmt --check Snakefile workflow && $(bin)/python .ci/lint_workflow.py

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Say which one to use: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up .venv (once, two to four minutes) ..."
	@$(PYTHON) -m venv .venv
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# After editing the dependencies in pyproject.toml; needs uv.
lock:
	uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --quiet -o requirements.lock
	$(PYTHON) .ci/environment.py > environment.yml
