PORT ?= 8000
WORKERS ?= 2
ROUNDS ?= 5
THREADS ?= 8
UV_VERSION := 0.13.9
UV := .tools/bin/uv-$(UV_VERSION)
ADDRESS := http://127.0.0.1:$(PORT)

export UV_PYTHON_DOWNLOADS := never
# Compiled modules are kept, whatever the environment says: each start of a process is seconds faster.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install run test lint bench

install: .venv/installed

$(UV):
	python3 -m pip install --quiet --root-user-action=ignore --upgrade --target .tools uv==$(UV_VERSION)
	ln -sf uv $@

.venv/installed: $(UV) uv.lock pyproject.toml
	$(UV) sync --quiet --locked
	touch $@

run: install
	.venv/bin/flask --app wsgi db upgrade
	.venv/bin/flask --app wsgi welcome --address $(ADDRESS)
	.venv/bin/flask --app wsgi jobs & jobs=$$!; \
	.venv/bin/gunicorn --no-control-socket --keep-alive 15 --bind 127.0.0.1:$(PORT) \
		--workers $(WORKERS) --threads $(THREADS) wsgi:app & server=$$!; \
	trap "kill $$jobs $$server" EXIT; trap exit INT TERM; wait $$server

test: install
	.venv/bin/pytest -n auto --dist loadfile

lint: install
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/lint-imports
	.venv/bin/pyright

bench: install
	.venv/bin/python -m tests.bench $(ROUNDS)
