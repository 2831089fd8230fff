# make demo | test | up | check | bench   (see README.md)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SYSTEM_PACKAGES := postgresql libimage-exiftool-perl

.PHONY: demo test up check bench system-packages clean

demo: $(VENV)/.core
	@$(BIN)/media demo

up: $(VENV)/.core
	@$(BIN)/media up

test: $(VENV)/.dev system-packages check
	$(BIN)/python -m pytest

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks

# The tests start a real PostgreSQL and compare with the real exiftool.
system-packages:
	@deploy/install_system_packages $(SYSTEM_PACKAGES)

$(VENV)/.core: pyproject.toml constraints.txt
	@deploy/create_venv $(PYTHON) $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
