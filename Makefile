# make demo: environment, demo study, where to look.  make world: the same of networks taught here.
# make test: the tests, as CI runs them.

PYTHON ?= python3
CORES ?= $(shell nproc)
VENV := .venv
BIN := $(VENV)/bin
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"

.PHONY: help demo world report test lint format docs bench clean

help:
	@echo "make demo     install, run the demo study of ImageNet networks, say where to look"
	@echo "make world    the same for the demo world, which networks learn first: every family of experiments"
	@echo "make test     install, run the tests"
	@echo "make lint     check style of Python and Snakemake code"
	@echo "make format   mend style"
	@echo "make docs     write the pages of docs/ that are made from schema, tables and captions"
	@echo "make report   an HTML report of the demo study"
	@echo "make bench    speed of this library, a plain loop and other libraries, in one run"
	@echo "make clean    remove environments and caches; results stay"

# The locked versions; preimage itself is linked, so that an edit counts at once.
$(VENV)/installed: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("preimage needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

demo world: $(VENV)/installed
	$(RUN) snakemake --cores $(CORES) --configfile workflow/$@.yaml
	@echo
	@echo "Done. Open results/$@/atlas/index.html in a browser; figures/ and tables/ are beside it."

report: $(VENV)/installed
	$(RUN) snakemake --cores 1 --configfile workflow/demo.yaml --report results/demo/report.html

# A few tests at a time, one thread each, and one more than there are cores, for some tests wait;
# `pytest` alone runs them one by one.
test: $(VENV)/installed
	$(RUN) OMP_NUM_THREADS=1 pytest --numprocesses $$(($(CORES) < 4 ? $(CORES) + 1 : 4)) --dist worksteal

lint: $(VENV)/installed
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) snakefmt --check Snakefile workflow rules
	$(RUN) snakemake --lint

format: $(VENV)/installed
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
	$(RUN) snakefmt Snakefile workflow rules

docs: $(VENV)/installed
	$(BIN)/python docs/make.py

.venv-bench/installed: benchmarks/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.txt
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

bench: .venv-bench/installed
	.venv-bench/bin/python benchmarks/speed.py

clean:
	rm -rf $(VENV) .venv-bench build .pytest_cache .ruff_cache src/*.egg-info
