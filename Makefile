# make demo: from a fresh clone to a trained layer.   make test: everything CI checks.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DEMO   ?= build/demo

export MPLBACKEND ?= Agg

.PHONY: help demo test fuzz lint golden bench experiments notebooks clean

help:
	@echo "make demo      install, derive, emit, check and train layers on real data (files in $(DEMO))"
	@echo "make test      lint, types, unit tests, doctests, golden files, notebooks"
	@echo "make fuzz      hundreds of random commands, each with a limit of 20 seconds and 2 GiB (SEED=1000 for others)"
	@echo "make lint      ruff and mypy --strict"
	@echo "make golden    rewrite the golden files in tests/golden"
	@echo "make bench     measure what benchmarks/RESULTS.md shows (EMLP=python of an environment that has emlp: beside it)"
	@echo "make experiments run the quick form of every experiment (about an hour on two cores), keep results in notebooks/results"
	@echo "make notebooks run the notebooks and keep their outputs"
	@echo "make clean     remove the environment and built files"

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "symshare needs Python 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@touch $(READY)

demo: $(READY)
	$(BIN)/symshare derive --symmetry abH --order 1 --certify
	$(BIN)/symshare emit --symmetry abH --order 1 -o $(call folder,$(DEMO))/layer.py --force
	$(BIN)/symshare verify $(DEMO)/layer.py
	$(BIN)/symshare demo --out $(DEMO)

folder = $(shell mkdir -p $(1))$(1)

test: $(READY) lint
	$(BIN)/python -m pytest -n auto

SEED ?= 0

fuzz: $(READY)
	SYMSHARE_FUZZ=300 SYMSHARE_FUZZ_SEED=$(SEED) $(BIN)/python -m pytest tests/cli/test_bounds.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ruff check --isolated tests/golden/files
	$(BIN)/ruff format --isolated --check tests/golden/files
	$(BIN)/mypy

golden: $(READY)
	$(BIN)/python -m tests.golden.rewrite

bench: $(READY)
	$(BIN)/python benchmarks/bars.py
	$(BIN)/python benchmarks/layers.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/rewrites.py
	$(BIN)/python benchmarks/circular.py
	$(if $(EMLP),$(BIN)/python benchmarks/beside_emlp.py --emlp $(EMLP))
	$(BIN)/python benchmarks/nullspace.py

EXPERIMENTS ?= pinv kinship arc sudoku spectrum cycles

experiments: $(READY)
	for name in $(EXPERIMENTS); do $(BIN)/symshare experiment $$name --out notebooks/results --force || exit 1; done
	$(BIN)/python notebooks/summary.py

notebooks: $(READY)
	$(BIN)/python notebooks/execute.py

clean:
	rm -rf $(VENV) build dist
