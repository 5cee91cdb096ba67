# All set-up happens here: `make demo` or `make test` in a fresh clone needs Python >= 3.11, make and a C/C++ compiler.
# Kept to what GNU make 3.81 (macOS) understands.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEER := .venv-peer
PYRIGHT := .venv-types
TORCH := .venv-torch
FRAMEWORKS := .venv-frameworks
TORCH_PEER := .venv-torch-peer
PACKAGES := .venv-packages
PEER_PYTHON ?= $(PEER)/bin/python
PEER_READY := $(if $(filter $(PEER)/bin/python,$(PEER_PYTHON)),$(PEER)/.installed,$(PEER_PYTHON))
# Parts of other scripts, and those that train for hours.
NOT_TIMED := harness roofline revisions own_vectors accuracy confidence coreference distillation pretraining rehearsal pretrained
BENCHMARKS := $(filter-out $(NOT_TIMED:%=benchmarks/%.py),$(sort $(wildcard benchmarks/*.py)))
JOBS := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# A process of the suite for each core; who is done takes over from who is not.
SHARED_OUT := -n $(JOBS) --dist worksteal

NATIVE := $(shell find src/tagma -name '*.pyx' -o -name '*.pxd' -o -name '*.h' -o -path '*/csrc/*.c' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help build demo test interop test-torch test-frameworks test-gpu test-gpu-compile test-clones test-packages test-pythons lint types types-public format bench bench-accuracy dist clean

help: ## list the targets
	@echo "tagma: make <target>"
	@sed -n 's/^\([a-z][a-z-]*\):.*## /  \1@/p' $(MAKEFILE_LIST) | awk -F@ '{printf "%-18s %s\n", $$1, $$2}'

build: $(VENV)/.compiled ## make .venv, install the requirements, compile

demo: build ## train a small English pipeline (about a minute), print its scores, annotate three sentences
	@$(BIN)/python examples/demo.py

test: build lint types ## lint, types and the whole test suite
	@$(BIN)/python -m pytest $(SHARED_OUT)

interop: build $(PEER_READY) ## the tests beside spaCy, in its own .venv-peer: exchange of pipelines, commands, rules
	TAGMA_PEER_PYTHON=$(abspath $(PEER_PYTHON)) $(BIN)/python -m pytest $(SHARED_OUT) -m peer

test-torch: build $(TORCH)/.installed $(TORCH_PEER)/.installed ## the tests of PyTorch modules and transformers, in its own .venv-torch, where none is skipped; spaCy with them is in .venv-torch-peer
	TAGMA_FRAMEWORKS="torch safetensors transformers" TAGMA_PEER_PYTHON=$(abspath $(TORCH_PEER))/bin/python \
		$(TORCH)/bin/python -m pytest $(SHARED_OUT) -m "torch or transformers"

test-frameworks: build $(FRAMEWORKS)/.installed ## the tests of wrapped models of Keras and JAX, in its own .venv-frameworks, where none is skipped
	@$(FRAMEWORKS)/bin/python -c 'from importlib.metadata import version; print(*(f"{name} {version(name)}" for name in ("tensorflow_cpu", "keras", "jax", "numpy")))'
	TAGMA_FRAMEWORKS="tensorflow keras h5py jax safetensors" $(FRAMEWORKS)/bin/python -m pytest -m "tensorflow or jax"

test-gpu: build ## the conformance suite of the backends where CuPy and a GPU are; fails where they are not
	@$(BIN)/python -c "import cupy; n = cupy.cuda.runtime.getDeviceCount(); print('CuPy', cupy.__version__, 'devices', n); \
		raise SystemExit(n < 1)" || \
		{ echo "make test-gpu needs a CUDA GPU with its driver, and CuPy in $(VENV): see docs/gpu.md"; exit 1; }
	$(BIN)/python -m pytest tests/nn/backends/test_conformance.py

test-gpu-compile: build ## compile every CUDA source with nvcc for two architectures, which needs no GPU; fails without nvcc
	$(BIN)/python scripts/compile_cuda.py

test-clones: build ## builds for one kind of processor each, in copies of their own: suites of kernels and layers, comparison
	$(BIN)/python scripts/test_clones.py

lint: build
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: build
	$(BIN)/mypy

types-public: build $(PYRIGHT)/bin/basedpyright ## another type checker: share of the public names it knows, errors it must find
	@PYTHONPATH=src $(PYRIGHT)/bin/basedpyright --verifytypes tagma --ignoreexternal --pythonpath $(BIN)/python --outputjson | \
		$(BIN)/python scripts/public_types.py
	@TAGMA_PYRIGHT=$(abspath $(PYRIGHT))/bin/basedpyright $(BIN)/python -m pytest -q tests/test_typing.py -k pyright

format: build ## order the imports, format every file
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: build $(PEER_READY) ## speed and memory, side by side with spaCy (its own .venv-peer)
	@for script in $(BENCHMARKS); do \
		echo; echo "== $$script"; $(BIN)/python $$script --peer $(PEER_PYTHON) || exit 1; done
	$(BIN)/python benchmarks/roofline.py

bench-accuracy: build ## accuracy, three seeds a task, beside the stored scores of spaCy
	$(BIN)/python benchmarks/accuracy.py
	$(BIN)/python benchmarks/confidence.py

dist: build ## source distribution and wheel, in dist/; the wheel is tested in an environment of its own, without src/
	$(BIN)/python scripts/test_wheel.py dist

test-packages: build $(PACKAGES)/.installed ## packages that extend spaCy, in .venv-packages: programs print the same with either library
	TAGMA_PACKAGES_PYTHON=$(abspath $(PACKAGES))/bin/python $(BIN)/python -m pytest tests/compat/test_packages.py

test-pythons: build ## a wheel for each Python that is here (3.11, 3.12, 3.13), tested with the lowest and newest NumPy
	$(BIN)/python scripts/test_wheel.py pythons

clean: ## remove everything that make made
	rm -rf $(VENV) $(PEER) $(PYRIGHT) $(TORCH) $(TORCH_PEER) $(FRAMEWORKS) $(PACKAGES) build dist demo_output src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +
	find src/tagma -type f \( -name '*.so' -o -name '*.pyd' -o -name '*.cpp' -o -name '*.html' \) -delete
	find src/tagma -type f -name '_*.c' ! -path '*/csrc/*' -delete

# --- how it is made ---------------------------------------------------------------------------------------------------

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "No '$(PYTHON)' found: install Python 3.11 or later, or say make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$$($(PYTHON) --version) is too old: tagma needs Python 3.11 or later; say make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import os, sysconfig, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' || \
		{ echo "Python.h is missing (Debian: apt install python3-dev)"; exit 1; }
	@command -v c++ >/dev/null || { echo "No C++ compiler found (Debian: apt install build-essential; macOS: xcode-select --install)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "No venv module (Debian: apt install python3-venv)"; exit 1; }

# TAGMA_ONLY=none: the editable install itself compiles nothing; the next rule does, in place and in parallel.
$(VENV)/.installed: $(BIN)/python pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' > $(VENV)/build-requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(VENV)/build-requirements.txt
	TAGMA_ONLY=none $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[dev]'
	@touch $@

$(VENV)/.compiled: $(VENV)/.installed setup.py $(NATIVE)
	@echo "Compiling (a minute or two; only what has changed)"
	@$(BIN)/python setup.py --quiet build_ext --inplace -j $(JOBS) > $(VENV)/compile.log 2>&1 || { tail -40 $(VENV)/compile.log; exit 1; }
	@touch $@

$(PEER)/.installed: tests/interop/requirements.txt tests/interop/requirements-pipelines.txt
	$(PYTHON) -m venv $(PEER)
	$(PEER)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/interop/requirements.txt
	$(PEER)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/interop/requirements-pipelines.txt
	@touch $@

# One after the other: together their ranges of versions have no solution.
$(PACKAGES)/.installed: tests/compat/packages/requirements.txt pyproject.toml
	$(PYTHON) -m venv $(PACKAGES)
	@for package in $$(sed '/^#/d' $<); do $(PACKAGES)/bin/python -m pip install --quiet --disable-pip-version-check $$package || exit 1; done
	$(PACKAGES)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps scispacy==0.6.2
	$(PACKAGES)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/interop/requirements.txt \
		$$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"])')
	@touch $@

# The build's packages and the project itself are read from .venv; only the frameworks are installed here.
$(TORCH)/.installed: tests/nn/requirements-torch.txt $(VENV)/.installed
	$(call install-frameworks,$(TORCH),$<)

# PyTorch is read from .venv-torch; an older transformers of its own stands before the one there.
$(TORCH_PEER)/.installed: tests/interop/requirements-transformers.txt $(TORCH)/.installed
	$(PYTHON) -m venv $(TORCH_PEER)
	@packages=$$($(TORCH)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
	echo "$$packages" > $$($(TORCH_PEER)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/torch.pth
	$(TORCH_PEER)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(FRAMEWORKS)/.installed: tests/nn/requirements-frameworks.txt $(VENV)/.installed
	$(call install-frameworks,$(FRAMEWORKS),$<)

define install-frameworks
$(PYTHON) -m venv $(1)
@packages=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
echo "import site; site.addsitedir('$$packages')" > \
	$$($(1)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/build.pth
$(1)/bin/python -m pip install --quiet --disable-pip-version-check -r $(2)
@touch $(1)/.installed
endef

$(PYRIGHT)/bin/basedpyright:
	$(PYTHON) -m venv $(PYRIGHT)
	$(PYRIGHT)/bin/python -m pip install --quiet --disable-pip-version-check 'basedpyright==1.*' || { rm -rf $(PYRIGHT); exit 1; }
