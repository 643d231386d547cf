# 操盘手认证: `make run` and `make test` are all that one needs to know.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := var/stamps
VENDOR := app/static/vendor
FONTS := var/fonts
export PIP_DISABLE_PIP_VERSION_CHECK := 1

AT_ONCE := $(MAKE) --no-print-directory -j 3

.PHONY: run test test-long pictures setup setup-test steps test-steps check-tools test-programs lint types contracts bench docs translations clean

run: setup
	@exec $(BIN)/caopan run

# Downloads, the engine's compiler and the fonts keep each other waiting for nothing.
setup: check-tools
	@$(AT_ONCE) steps

steps: $(addprefix $(STAMPS)/,python engine pages fonts translations bytecode libraries)
	@:

check-tools:
	@sh bin/check-tools "$(PYTHON)"

$(STAMPS)/python: requirements/run.txt setup.cfg pyproject.toml
	@mkdir -p $(STAMPS)
	@[ -x $(BIN)/python ] || { echo "· virtual environment"; $(PYTHON) -m venv $(VENV); }
	@echo "· Python packages"
	@$(BIN)/python -m pip install -q --no-compile --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e . 2>/dev/null || \
	  $(BIN)/python -m pip install -q --no-deps -e .
	@touch $@

# Not by pip, which would keep the engine waiting; a file that is no Python 3 is no fault here.
$(STAMPS)/libraries: $(STAMPS)/python
	@$(BIN)/python -m compileall -qq -j 2 $(VENV)/lib || true
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

setup-test: check-tools
	@$(AT_ONCE) test-steps

test-programs:
	@sh bin/test-programs

$(STAMPS)/test-packages: requirements/test.txt $(STAMPS)/python
	@echo "· test packages"
	@$(BIN)/python -m pip install -q --require-hashes -r requirements/test.txt
	@touch $@

test-steps: steps $(STAMPS)/test-packages test-programs
	@:

# Where nobody is there to look, a test that fails is tried once more: threads, processes and browsers
# of a busy machine come late. The report names it (R). What fails twice fails.
AGAIN = $(if $(CI),--reruns 1 -r R)

test: setup-test
	@$(AT_ONCE) lint types contracts
	TMPDIR=$$(sh bin/test-folder) $(BIN)/pytest -q -n auto $(AGAIN) -m "not faults and not browser"
	$(BIN)/pytest -q -n 3 --dist loadfile --no-loadscope-reorder $(AGAIN) -m "(browser or faults) and not long" tests/browser tests/faults

# The planted bugs, fifty candidates and five kills, whole careers: once before a release.
test-long: setup-test
	$(BIN)/pytest -q -m long tests/browser tests/faults

# Of every page, for every role, on a desktop and on a phone: test-results/pages/.
pictures: setup-test
	PICTURES=1 $(BIN)/pytest -q tests/browser/test_pages.py

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
	$(BIN)/python -m tests.bench.exam_day

clean:
	rm -rf var node_modules $(VENV) $(VENDOR)
