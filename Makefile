# make demo: from a fresh clone to a trained layer.   make test: everything CI checks.
PYTHON ?= python3
VENV   ?= .venv
DEMO   ?= build/demo

# A folder's name may have spaces: quoted in commands, escaped where make lists files. Modules are run by the environment's
# own python, as scripts with a path in their first line do not start everywhere.
BIN    := "$(VENV)"/bin
PY     := $(BIN)/python
RUN    := $(PY) -m symshare_cli.main
none   :=
space  := $(none) $(none)
READY  := $(subst $(space),\$(space),$(VENV))/.ready

export MPLBACKEND ?= Agg

.PHONY: help demo test fuzz lint golden bench gpu experiments notebooks docs clean

help:
	@echo "make demo      install, derive, emit, check and train layers on real data (files in $(DEMO))"
	@echo "make test      lint, types, unit tests, doctests, golden files, notebooks, the pages of the site"
	@echo "make fuzz      hundreds of random commands, each with a limit of 20 seconds and 2 GiB (SEED=1000 for others)"
	@echo "make lint      ruff and mypy --strict"
	@echo "make golden    rewrite the golden files in tests/golden"
	@echo "make bench     measure what benchmarks/RESULTS.md shows (EMLP=python of an environment that has emlp: beside it; REBASIN=one that has rebasin and scikit-learn)"
	@echo "make gpu       the same on a GPU, with tests and full forms of experiments there (nine minutes, SECONDS=530)"
	@echo "make experiments run the quick form of every experiment (about an hour and a half on two cores), keep results in notebooks/results"
	@echo "make notebooks run the notebooks and keep their outputs"
	@echo "make docs      build the site, in build/docs; a warning is an error"
	@echo "make clean     remove the environment and built files"

$(READY): pyproject.toml constraints.txt
	"$(PYTHON)" -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "symshare needs Python 3.11 or newer; set PYTHON=python3.11")'
	"$(PYTHON)" -m venv "$(VENV)"
	$(PY) -m pip install --quiet --upgrade 'pip>=25.1'
	$(PY) -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@touch "$(VENV)/.ready"

demo: $(READY)
	$(RUN) derive --symmetry abH --order 1 --certify
	mkdir -p "$(DEMO)"
	$(RUN) emit --symmetry abH --order 1 -o "$(DEMO)/layer.py" --force
	$(RUN) verify "$(DEMO)/layer.py"
	$(RUN) demo --out "$(DEMO)"

# Each worker takes a stretch of the tests, so that what tests of one file share is made once, and the rest of others' in the end.
test: $(READY) lint
	$(PY) -m pytest -n auto --dist worksteal

SEED ?= 0

fuzz: $(READY)
	SYMSHARE_FUZZ=300 SYMSHARE_FUZZ_SEED=$(SEED) $(BIN)/python -m pytest tests/cli/test_bounds.py

lint: $(READY)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m ruff check --isolated tests/golden/files
	$(PY) -m ruff format --isolated --check tests/golden/files
	$(PY) -m mypy

golden: $(READY)
	$(PY) -m tests.golden.rewrite

bench: $(READY)
	$(PY) benchmarks/bars.py
	$(PY) benchmarks/layers.py
	$(PY) benchmarks/memory.py
	$(PY) benchmarks/rewrites.py
	$(PY) benchmarks/emitting.py
	$(PY) benchmarks/circular.py
	$(if $(EMLP),$(PY) benchmarks/beside_emlp.py --emlp "$(EMLP)")
	$(PY) benchmarks/nullspace.py
	$(PY) benchmarks/specs.py
	$(PY) benchmarks/points.py
	$(if $(REBASIN),"$(REBASIN)" benchmarks/barriers.py)

SECONDS ?= 530

gpu: $(READY)
	$(PY) benchmarks/on_gpu.py --seconds $(SECONDS)

EXPERIMENTS ?= pinv kinship arc sudoku spectrum cycles sharing comparators nbody emlp points zoo siren edit tickets

experiments: $(READY)
	for name in $(EXPERIMENTS); do $(RUN) experiment $$name --out notebooks/results --force || exit 1; done
	$(PY) notebooks/summary.py

notebooks: $(READY)
	$(PY) notebooks/execute.py

# What builds the site is large, and nothing else needs it.
docs: $(READY)
	$(PY) docs/assembling.py build/docs

clean:
	rm -rf "$(VENV)" build dist
