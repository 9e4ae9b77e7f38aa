# The two commands most people need are `go run ./cmd/heed demo` and `make test`.
# Everything below is a name for a script; read the scripts.

.PHONY: build test check check-all bench fuzz release clean

build:
	go build -trimpath -o bin/ ./cmd/...

test:
	script/test

check:
	script/check

check-all:
	script/check-all

bench:
	script/bench record

fuzz:
	script/fuzz

release:
	script/release

clean:
	rm -rf bin out
