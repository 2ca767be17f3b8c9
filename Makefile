# Each target sets up what it needs, in .venv, from nothing but python3 (3.11 or newer), pip and make.
PYTHON ?= python3
# Tests are compiled once and kept, wherever they run: else each process would do it again, in as long as some tests take.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
# pip works on the new environment from outside it, so that Debian's python3 without ensurepip will do.
INSTALL := $(PYTHON) -m pip --python $(VENV) --disable-pip-version-check --quiet install

# Tests run in as many processes as there are cores, those that mostly wait in twice as many; one at a time, in one
# process: `make unit AT_ONCE=0`.
AT_ONCE ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count())')
PYTEST := -m pytest --no-loadscope-reorder --dist loadscope --numprocesses
# What reaches every line of core is measured; all else takes half the time without.
LONG := tests/core/test_polling_at_scale.py tests/actions/test_a_day.py tests/actions/test_cancel_property.py
MEASURED := tests/core tests/actions $(LONG:%=--ignore=%)
OTHERS := $(filter-out $(addsuffix /,$(MEASURED)),$(wildcard tests/*/)) $(wildcard tests/test_*.py)
# What runs the command, in processes of its own.
APART := tests/e2e tests/docs tests/man tests/completions tests/reliability tests/platforms tests/recipes tests/distribution \
	tests/api/test_same_as_the_command.py

.PHONY: demo test lint types quick unit fuzz reliability bench soak docs picture man completions lock clean

demo: $(VENV)/installed
	$(BIN)/canvas-progress demo

# What only reads the code runs beside the tests.
test: $(VENV)/dev
	$(MAKE) --no-print-directory --jobs=3 lint types unit

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

# What neither runs the command nor takes long, with a few made-up cases of each sort: seconds instead of minutes.
quick: $(VENV)/dev
	$(BIN)/python $(PYTEST) $(AT_ONCE) --hypothesis-profile=quick $(APART:%=--ignore=%) $(LONG:%=--ignore=%)

unit: $(VENV)/dev
	$(BIN)/coverage erase
	$(BIN)/coverage run $(PYTEST) $(AT_ONCE) $(MEASURED)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	$(BIN)/python $(PYTEST) $$((2 * $(AT_ONCE))) $(LONG) $(OTHERS)

# The same tests of the parsers as in `unit`, with other cases each time, and hours of them.
fuzz: $(VENV)/dev
	$(BIN)/python -m pytest tests/fuzz --hypothesis-profile=long

bench: $(VENV)/installed
	PYTHONPATH=tests $(BIN)/python benchmarks/run.py

# Ten minutes of the installed command while everything goes wrong; others: `make soak MINUTES=60`.
MINUTES ?= 10
soak: $(VENV)/installed
	PYTHONPATH=tests $(BIN)/python -m benchmarks.soak --minutes $(MINUTES)

docs: $(VENV)/dev
	$(BIN)/python -m pytest tests/docs --no-header

# What writes files that are kept here, from the program and the helpers of its tests.
TOOL := PYTHONPATH=tests $(BIN)/python tools

# Draws docs/watch.svg anew after a change of the live view.
picture: $(VENV)/dev
	$(TOOL)/picture.py

# Writes man/canvas-progress.1 anew after a change of an option, an example or a table that it takes over.
man: $(VENV)/dev
	$(TOOL)/man_page.py

# Writes the scripts in completions/ anew after a change of a command or an option.
completions: $(VENV)/dev
	$(TOOL)/completions.py

# Writes the tables of docs/developing/reliability.md anew after a change of what a command does about a fault.
reliability: $(VENV)/dev
	$(TOOL)/reliability_table.py

# What is published, from the sources to the installed command on each Python from 3.11 on that is on the PATH, with
# some of the tests or, by `make package INSTALLED=tests`, with all. What it builds stays in dist/.
.PHONY: package release-check audit
INSTALLED ?= tests/completions tests/e2e/test_exit_codes.py tests/e2e/test_pipe.py tests/e2e/test_screen.py tests/e2e/test_streams.py tests/recipes/installing.py
package: $(VENV)/installed
	PYTHON=$(PYTHON) $(BIN)/python tools/package.py --folder $(VENV)/package $(INSTALLED)

# The tests that need neither a pseudo-terminal nor the file modes of POSIX: what Windows can run of `make unit`.
.PHONY: portable
portable: $(VENV)/dev
	$(BIN)/python $(PYTEST) $(AT_ONCE) tests/core tests/actions tests/canvas tests/fuzz tests/sandbox tests/platforms/test_seams.py

# Whether a tag may be published: `make release-check TAG=v1.2.3`.
release-check:
	$(PYTHON) tools/release_check.py $(TAG)

# Looks up the locked versions among the known vulnerabilities: needs the network.
audit: $(VENV)/installed
	PYTHON=$(PYTHON) $(BIN)/python tools/audit.py --folder $(VENV)/package

# Renews the locked versions: the only target that needs uv.
lock:
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command 'make lock' pyproject.toml --extra lti --group build -o requirements/install.txt
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command 'make lock' pyproject.toml --extra lti --group build --group dev -c requirements/install.txt -o requirements/dev.txt
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command 'make lock' --group package -o requirements/package.txt

clean:
	rm -rf $(VENV) .coverage* .mypy_cache .pytest_cache .ruff_cache

$(VENV)/installed: pyproject.toml requirements/install.txt
	$(PYTHON) -m venv --clear --without-pip $(VENV)
	$(INSTALL) --require-hashes -r requirements/install.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev: $(VENV)/installed requirements/dev.txt
	$(INSTALL) --require-hashes -r requirements/dev.txt
	touch $@
