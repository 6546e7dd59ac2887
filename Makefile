# Brings what is missing, builds, and runs. `make help` lists the targets.
#
#   make run SITES="https://swift.org https://example.com" WEBHOOK=https://example.com/hook ARGS="--interval 30s"
#   make test

SHELL := /bin/sh
.DEFAULT_GOAL := help

# Everything is relative to this folder, wherever make is called from.
override ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
override SOURCES := Sources Tests Chaos Fuzz Benchmarks Package.swift

# A shell word of any text, such as a URL with an ampersand.
override quoted = '$(subst ','\'',$(1))'

SITES ?=
WEBHOOK ?=
ARGS ?=
SECONDS ?= 60
QUICK ?=
# `release` is nearer to production, and takes up to 9 minutes to build.
BUILD ?= debug

.PHONY: help run test bench chaos fuzz lint format release

help: ## Show the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(call quoted,$(ROOT)/Makefile) | expand -t 16

run: ## Watch SITES, tell WEBHOOK; ARGS are options of `tocsin serve`
	@cd $(call quoted,$(ROOT)) && scripts/dependencies run && scripts/build
	@exec $(call quoted,$(ROOT))/.build/debug/tocsin serve \
		$(if $(WEBHOOK),--webhook $(call quoted,$(WEBHOOK))) $(ARGS) $(foreach site,$(SITES),$(call quoted,$(site)))

test: ## Lint, build and run all tests, with the servers that they need
	@cd $(call quoted,$(ROOT)) && scripts/dependencies test
	@$(MAKE) --no-print-directory -f $(call quoted,$(ROOT)/Makefile) lint
	cd $(call quoted,$(ROOT)) && swift build --build-tests
	cd $(call quoted,$(ROOT)) && swift test --skip-build --no-parallel

chaos: ## Kill, stop and starve it for SECONDS under load, and prove that nothing was lost; ARGS are further options
	@cd $(call quoted,$(ROOT)) && scripts/dependencies test
	cd $(call quoted,$(ROOT)) && swift build --configuration $(BUILD)
	@exec $(call quoted,$(ROOT))/.build/$(BUILD)/chaos --seconds $(SECONDS) $(ARGS)

fuzz: ## Fuzz each parser of foreign bytes for SECONDS (60); findings lie in .build-fuzz/findings
	@cd $(call quoted,$(ROOT)) && scripts/dependencies run && scripts/fuzz $(call quoted,$(SECONDS))

bench: ## Measure speed beside what people would use instead; QUICK=1 for under 3 minutes, ARGS are further options
	@cd $(call quoted,$(ROOT)) && scripts/dependencies bench
	cd $(call quoted,$(ROOT)) && TOCSIN_BENCHMARKS=1 swift build --configuration release --scratch-path .build-release
	@cd $(call quoted,$(ROOT)) && exec python3 Benchmarks/bench.py $(if $(QUICK),--quick) $(ARGS)

lint: ## Check the style of all sources
	cd $(call quoted,$(ROOT)) && swift format lint --strict --recursive $(SOURCES)

format: ## Put all sources into the style
	cd $(call quoted,$(ROOT)) && swift format --in-place --recursive $(SOURCES)

release: ## Build .build/release/tocsin for production: optimised, stripped, with the Swift runtime in it
	@cd $(call quoted,$(ROOT)) && scripts/dependencies run
	cd $(call quoted,$(ROOT)) && swift build --configuration release --product tocsin --static-swift-stdlib
	cd $(call quoted,$(ROOT)) && strip .build/release/tocsin
	@ls -lh $(call quoted,$(ROOT)/.build/release/tocsin)
	@echo "It needs these libraries where it runs (Debian: libsqlite3-0 libpq5 libstdc++6 zlib1g, and ca-certificates):"
	@readelf -d $(call quoted,$(ROOT)/.build/release/tocsin) | sed -n 's/.*NEEDED.*\[\(.*\)\]/  \1/p'
