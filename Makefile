PYTHON ?= python3
ENGINE ?= docker
VENV := .venv
BIN := $(VENV)/bin

.PHONY: chat test bench torture fuzz drill image audit sbom browser screenshots train lock setup

chat: setup
	@$(BIN)/sextant chat

# Many tests wait for a process, a browser or a second try, so two share a core.
test: setup browser
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@! grep -nE 'https?://|--(extra-)?index-url|--find-links' requirements.lock
	@$(BIN)/pytest -n $$(( 2 * $$(getconf _NPROCESSORS_ONLN) )) --dist loadfile

train: setup
	@PYTHONPATH=.:tests/training $(BIN)/python tests/training/gist.py
	@PYTHONPATH=.:tests/training $(BIN)/python tests/training/policy.py
	@PYTHONPATH=.:tests/training $(BIN)/python -m tests.training.answers
	@$(BIN)/python -m tests.training.handbook_vectors

# The console is tested in a real browser. Where none can be had, those tests are skipped and say so.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { command -v apt-get >/dev/null && test "$$(id -u)" = 0 \
			&& apt-get -qq update >/dev/null 2>&1 \
			&& DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null 2>&1; } \
		|| echo "There is no Chromium, and none can be installed here; tests in a browser are skipped."

screenshots: setup browser
	@$(BIN)/python -m tests.console_screenshots

bench: setup
	@$(BIN)/python -m tests.bench

# The disk is lost while people write; what was replicated must be back.
drill: setup
	@$(BIN)/python -m tests.drill

image:
	$(ENGINE) build -f deploy/Dockerfile -t sextant .
	ENGINE="$(ENGINE)" deploy/smoke.sh sextant

# Known weaknesses of what is locked; where nobody can be asked it says so and fails nothing.
audit: setup
	@$(BIN)/python -m deploy.audit

sbom: setup
	@$(BIN)/python -m deploy.sbom

# Kills the serving bot 500 times under traffic; some ten minutes on two idle cores.
torture: setup
	@$(BIN)/python -m tests.torture
	@$(BIN)/pytest tests/torture/test_short.py

# Over 20,000 inputs that nobody should send, spread over every way in.
fuzz: setup
	@$(BIN)/python -m tests.fuzz

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Sextant needs Python 3.11 or newer; try: make PYTHON=python3.11 " + "$(MAKECMDGOALS)" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lock:
	uv pip compile --universal --generate-hashes --no-header --all-extras pyproject.toml -o requirements.lock
