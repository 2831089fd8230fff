# make demo | test | up | ai | check | bench | bench-peers   (see README.md)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SYSTEM_PACKAGES := postgresql libimage-exiftool-perl tesseract-ocr chromium chromium-driver

.PHONY: audit licenses demo test up ai check bench bench-peers system-packages clean

demo: $(VENV)/.core
	@$(BIN)/media demo

up: $(VENV)/.core
	@$(BIN)/media up

test: $(VENV)/.dev system-packages check
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks

# Pixeltable and DataChain, each in an environment of its own, do the same small work as we do.
PEERS := $(VENV)/peers
bench-peers: $(VENV)/.dev $(PEERS)/.pixeltable $(PEERS)/.datachain
	@$(BIN)/python -m benchmarks.peers $(PEERS)

$(PEERS)/.%: benchmarks/peers/%-requirements.txt
	$(PYTHON) -m venv $(PEERS)/$*
	$(PEERS)/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# The tests start a real PostgreSQL and a real browser, and compare with the real exiftool and tesseract.
system-packages:
	@deploy/install_system_packages $(SYSTEM_PACKAGES)

# Hours of kills, bombs and fuzzing: see docs/torture.md.
.PHONY: torture
TORTURED := $(VENV)/tortured
torture: $(VENV)/.dev
	rm -rf $(TORTURED)
	$(BIN)/python -m tests.torture.variants tests/corpus $(TORTURED) --seed $$(date +%s)
	$(BIN)/python -m tests.torture.whole_corpus $(TORTURED)
	$(BIN)/python -m tests.torture.whole_corpus tests/corpus
	$(BIN)/python -m tests.torture.fuzz --seconds 60
	$(BIN)/python -m tests.torture.kills
	$(BIN)/python -m tests.torture.concurrency --seconds 600
	$(BIN)/python -m tests.torture.loaded_machine
	MEDIA_FUZZ_TIMES=50 $(BIN)/python -m pytest tests/web/guard/test_fuzz.py

$(VENV)/.core: pyproject.toml constraints.txt
	@deploy/create_venv $(PYTHON) $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

# Engines for models of your own: open_clip and llama.cpp.
ai: $(VENV)/.ai

$(VENV)/.ai: $(VENV)/.core
	@echo "Installing torch and compiling llama.cpp (up to ten minutes the first time) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[ai]'
	@touch $@

$(VENV)/.dev: $(VENV)/.ai
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Asks the vulnerability index about every pinned version; says so when it cannot be reached.
audit: $(VENV)/.core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[audit]'
	@deploy/audit $(BIN)/python

licenses: $(VENV)/.dev
	$(BIN)/python deploy/licenses.py

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
