# Spoor. `make demo` shows it, `make test` proves it.

GO          ?= go
DATA        ?= ../shared/data
STATICCHECK  = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: build demo test test-data bench check check-page tools page-tools vendor-ui

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/spoor ./cmd/spoor

demo: build
	bin/spoor demo

# What the tests need beyond Go: installed when root, else named.
tools:
	scripts/tools.sh

page-tools: tools
	cd ui && npm ci --ignore-scripts --no-audit --no-fund

test: page-tools
	cd ui && npm test
	CGO_ENABLED=1 $(GO) test -race -timeout 20m -skip '^TestData' ./...

# Everything measured side by side; prints one table. Never part of a test.
bench: build
	$(GO) run ./internal/bench -spoor bin/spoor
	$(GO) run ./internal/bench -spoor bin/spoor -sensors 20
	@if [ "$$(id -u)" = 0 ]; then $(GO) run ./internal/bench -spoor bin/spoor -steno 400; else echo "retrieval from a real Stenographer is measured by root only"; fi

# The same promises on real logs and captures.
test-data: tools
	SPOOR_DATA=$(abspath $(DATA)) $(GO) test -timeout 30m -run '^TestData' ./...

check:
	@test -z "$$(gofmt -l cmd index ingest actionables fleet ui internal)" || { gofmt -l cmd index ingest actionables fleet ui internal; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

check-page: page-tools
	cd ui && npx --no-install tsc --noEmit

vendor-ui:
	scripts/vendor-ui.sh
