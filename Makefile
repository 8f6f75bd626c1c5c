# Each target is what CI runs; `make check` before every push.
GO ?= go

.PHONY: demo test check build lint format generate docs packages alerts browser bench bench-e2e fuzz faults interop

demo: ## the whole chain in one process, ends by itself
	$(GO) run ./cmd/dlrgate demo

test: ## the README's test command
	$(GO) test ./...

check: ## everything that CI runs
	.ci/run

build: ## both programs into bin/
	deploy/build bin

lint: ## golangci-lint as CI runs it
	golangci-lint run ./...

format: ## gofumpt on every Go file
	git ls-files '*.go' | xargs gofumpt -w

generate: ## tables of docs/statuses.md and docs/operators.md
	$(GO) generate ./...

docs: ## every command, configuration, receiver and scenario of the documents
	.ci/docs

packages: ## the Debian package, built twice, then tried in a clean Debian; needs root
	.ci/packages

alerts: ## Prometheus's own tests of the alert rules
	.ci/alerts

browser: ## the console in a real browser
	.ci/browser

bench: ## the rooms' benchmarks, for docs/benchmarks.md
	$(GO) test -run '^$$' -bench . -benchmem ./smpp/... ./mapping ./event ./journal/... ./forward

bench-e2e: ## the whole chain with the real programs: make bench-e2e RUN='^single' DURATION=60s
	$(GO) run ./bench -run '$(RUN)' -duration $(or $(DURATION),60s) -dsn '$(DSN)'

fuzz: ## every fuzz target for FUZZTIME each
	.ci/fuzz $(or $(FUZZTIME),60s)

interop: ## against SMSCs that are not ours; installs what is missing
	.ci/interop

faults: ## the fault suite in its long form, some minutes
	.ci/faults -long
