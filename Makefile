# make        the default study, from raw waves to reports/<study>/index.html
# make test   the tests
# make study=examples/corporate-reputation/study.yaml   another study
PYTHON ?= python3
study ?= config/study.yaml
bin := .venv/bin

# A virtual environment cannot be moved: it is made anew when the folder of the project has another name.
ifneq ($(shell cat .venv/ready 2>/dev/null),$(CURDIR))
$(shell rm -f .venv/ready)
endif

.PHONY: run test lint lock unlock
run: .venv/ready
	@$(bin)/snakemake --config study=$(study)

# After a run that was killed: lets the next one start.
unlock: .venv/ready
	@$(bin)/snakemake --unlock --config study=$(study)

test: .venv/ready
	@$(bin)/python -m pytest

lint: .venv/ready
	@$(bin)/ruff check && $(bin)/ruff format --check && $(bin)/snakefmt --check Snakefile workflow && $(bin)/python .ci/lint_workflow.py

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Say which one to use: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up .venv (once, two to four minutes) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "$(CURDIR)" > $@

# After editing the dependencies in pyproject.toml; needs uv.
lock:
	uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --quiet -o requirements.lock
	$(PYTHON) .ci/environment.py > environment.yml
