# Shared by the scripts beside this file; sourced, not run.
# Each script works from the root of the repository, whatever the caller's folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Shared data: beside the repository unless the caller says where.
if [ -z "${HEED_SHARED:-}" ] && [ -d ../shared/data ]; then
	HEED_SHARED=$(cd ../shared && pwd)
	export HEED_SHARED
fi

started=$SECONDS

# say prints what is about to be done, with the time since the start.
say() { printf '\n== %s (%d s)\n' "$*" $((SECONDS - started)); }

# fail prints an error and a hint, and ends with 1.
fail() {
	printf 'error: %s\n' "$1" >&2
	[ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
	exit 1
}

# modules lists the modules under tools/: the strangers that check Heed.
modules() { find tools -mindepth 2 -maxdepth 2 -name go.mod -exec dirname {} \; | sort; }

# lint runs what needs no test: format, vet, staticcheck.
lint() {
	say "gofmt, go vet"
	local unformatted
	unformatted=$(git ls-files -co --exclude-standard -- '*.go' | while read -r f; do [ ! -f "$f" ] || echo "$f"; done | xargs -r gofmt -l)
	[ -z "$unformatted" ] || fail "not formatted: $(echo "$unformatted" | tr '\n' ' ')" "gofmt -w FILE"
	go vet ./...
}

# staticcheck runs the linter pinned in tools/go.mod.
staticcheck() {
	say "staticcheck, as pinned in tools/go.mod"
	go tool -modfile=tools/go.mod staticcheck ./...
}
