# 操盘手认证: `make run` and `make test` are all that one needs to know.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := var/stamps
VENDOR := app/static/vendor
FONTS := var/fonts
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test test-long setup setup-test check-tools lint types contracts bench docs translations clean

run: setup
	@exec $(BIN)/caopan run

setup: check-tools $(STAMPS)/python $(STAMPS)/pages $(STAMPS)/fonts $(STAMPS)/translations $(STAMPS)/engine $(STAMPS)/bytecode

check-tools:
	@sh bin/check-tools "$(PYTHON)"

$(STAMPS)/python: requirements/run.txt setup.cfg pyproject.toml
	@mkdir -p $(STAMPS)
	@[ -x $(BIN)/python ] || { echo "· virtual environment"; $(PYTHON) -m venv $(VENV); }
	@echo "· Python packages"
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e . 2>/dev/null || \
	  $(BIN)/python -m pip install -q --no-deps -e .
	@touch $@

$(STAMPS)/packages: package.json package-lock.json
	@mkdir -p $(STAMPS)
	@echo "· page scripts and fonts (about 130 MB, once)"
	@npm ci --ignore-scripts --no-progress --loglevel=error
	@touch $@

$(STAMPS)/pages: $(STAMPS)/packages
	@mkdir -p $(VENDOR)/qr
	@cp node_modules/htmx.org/dist/htmx.min.js node_modules/echarts/dist/echarts.min.js $(VENDOR)/
	@cp node_modules/qr/index.js node_modules/qr/decode.js $(VENDOR)/qr/
	@touch $@

$(STAMPS)/fonts: $(STAMPS)/python $(STAMPS)/packages certificates/fonts.py
	@echo "· certificate fonts"
	@$(BIN)/python -m certificates fonts --source node_modules --dest $(FONTS)
	@touch $@

$(STAMPS)/engine: $(STAMPS)/python $(wildcard simulations/engines/*.py simulations/engines/v1/*.py)
	@echo "· room engine (compiled once, about a minute)"
	@$(BIN)/python -m simulations warm >/dev/null
	@touch $@

$(STAMPS)/translations: $(STAMPS)/python $(wildcard app/translations/*/LC_MESSAGES/*.po)
	@$(BIN)/pybabel -q compile -d app/translations
	@touch $@

$(STAMPS)/bytecode: $(STAMPS)/python $(shell find app question_bank simulations certificates -name '*.py')
	@$(BIN)/python -m compileall -q app question_bank simulations certificates
	@touch $@

setup-test: setup $(STAMPS)/test-packages
	@sh bin/test-programs

$(STAMPS)/test-packages: requirements/test.txt $(STAMPS)/python
	@echo "· test packages"
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/test.txt
	@touch $@

test: setup-test lint types contracts
	TMPDIR=$$(sh bin/test-folder) $(BIN)/pytest -q -n auto -m "not faults and not browser"
	$(BIN)/pytest -q -n 2 --dist loadfile -m "not long" tests/browser tests/faults

# The planted bugs, fifty candidates and five kills, whole careers: once before a release.
test-long: setup-test
	$(BIN)/pytest -q -m long tests/browser tests/faults

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types:
	$(BIN)/mypy app question_bank simulations certificates

contracts:
	$(BIN)/lint-imports

docs:
	$(BIN)/flask --app wsgi docs http > docs/http.md

translations:
	@mkdir -p var
	$(BIN)/pybabel -q extract -F babel.cfg -k lazy_gettext -k _ -k _p:1c,2 --no-location --sort-output -o var/messages.pot app
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -i var/messages.pot -d app/translations
	$(BIN)/pybabel -q compile -d app/translations

bench: setup-test
	$(BIN)/python -m tests.bench

clean:
	rm -rf var node_modules $(VENV) $(VENDOR)
