PORT ?= 8000
WORKERS ?= 2
DEMO ?= yes
ROUNDS ?= 5
UV_VERSION := 0.13.9
UV := .tools/bin/uv-$(UV_VERSION)
ADDRESS := http://127.0.0.1:$(PORT)
SERVER := --interface wsgi --http 1 --backpressure 512 --blocking-threads 512 \
	--respawn-failed-workers --workers-kill-timeout 10
# An older make has no such option, and mixes the lines.
IN_ONE_PIECE := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# Pyright keeps one core busy for longer than all other checks together: meanwhile the tests begin.
TWO_AT_A_TIME = $(MAKE) --no-print-directory --keep-going --jobs=2 $(IN_ONE_PIECE)
PYTEST := .venv/bin/pytest -n auto --dist worksteal

export UV_PYTHON_DOWNLOADS := never
# Compiled modules are kept, whatever the environment says: each start of a process is seconds faster.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install run check test-quick test soak bench openapi scripts
.PHONY: lint lint-all lint-types lint-python lint-imports lint-templates lint-scripts
.PHONY: lint-scripts-if-there-is-node

install: .venv/installed

$(UV):
	python3 -m pip install --quiet --root-user-action=ignore --upgrade --target .tools uv==$(UV_VERSION)
	ln -sf uv $@

.venv/installed: $(UV) uv.lock pyproject.toml clients/switchyard/pyproject.toml
	$(UV) sync --quiet --locked
	touch $@

run: install
	@# Otherwise two servers on one port would each get some of the requests, and nobody be told.
	@.venv/bin/python -c "import socket; socket.create_server(('127.0.0.1', $(PORT)))"
	.venv/bin/flask --app wsgi db upgrade
	.venv/bin/flask --app wsgi welcome --address $(ADDRESS) $(if $(filter no,$(DEMO)),--no-demo)
	.venv/bin/flask --app wsgi jobs & jobs=$$!; \
	.venv/bin/granian $(SERVER) --host 127.0.0.1 --port $(PORT) \
		--workers $(WORKERS) wsgi:app & server=$$!; \
	trap "kill $$jobs $$server" EXIT; trap exit INT TERM; wait $$server

# What is quick: nothing that starts a server, a command, a browser or PostgreSQL, or takes long by its nature.
check: install
	@$(TWO_AT_A_TIME) lint-all test-quick

# The plus has the tests show how far they are, where others wait to say all in one piece.
test-quick:
	+$(PYTEST) -m "not programs and not long and not soak"

test: install
	$(PYTEST)

# What takes minutes by its nature: the same proofs, over many more rounds. One at a time: each presses on
# the machine as it can bear, and says within which time everybody has to have an answer.
soak: install
	.venv/bin/pytest -m soak

# The copy of the OpenAPI document that is kept, written anew; BREAKING=yes where clients of it are to break.
openapi: install
	.venv/bin/python -m tests.openapi_copy $(if $(BREAKING),--breaking)

# The scripts for sites as they are sent now, beside those of before in static/scripts/.
scripts: install
	.venv/bin/python -m tests.kept_scripts

lint: install
	@$(TWO_AT_A_TIME) lint-all

lint-all: lint-types lint-python lint-imports lint-templates lint-scripts-if-there-is-node

# With room for what has just been made, it looks for garbage 160 times instead of 1,200.
lint-types:
	NODE_OPTIONS=--max-semi-space-size=128 .venv/bin/pyright

lint-python:
	.venv/bin/ruff check
	.venv/bin/ruff format --check

lint-imports:
	.venv/bin/lint-imports

# Lines of at most 120 characters: longer ones are printed.
lint-templates:
	.venv/bin/djlint templates --quiet
	@! LC_ALL=C.UTF-8 grep -rnE "^.{121,}" templates

lint-scripts-if-there-is-node:
	@if command -v node >/dev/null && command -v npm >/dev/null; then \
		$(MAKE) --no-print-directory lint-scripts; \
	else \
		echo "JavaScript and CSS are not checked: Node is not installed (apt-get install nodejs npm)"; \
		[ -z "$$SKIPS_ARE_FAILURES" ]; \
	fi

lint-scripts: node_modules/installed
	node_modules/.bin/biome check --error-on-warnings

node_modules/installed: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error
	touch $@

bench: install
	.venv/bin/python -m tests.bench $(ROUNDS)
