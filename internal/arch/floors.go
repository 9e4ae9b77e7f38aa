package arch

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// A floor is a set of packages that stand at one height.
type floor struct {
	packages []string
	ordered  bool     // a package may import those before it in the list
	deny     []string // imports too heavy for the floor
}

// floors is the house, lowest first. A package imports only from floors below
// its own; beside it only along the edges listed in sideways, or, where the
// floor is ordered, from packages earlier in the list.
var floors = []floor{
	{ // 0: the library
		packages: []string{
			"ledger", "ledger/ledgertest", "consent",
			"causal/frame", "causal/regress", "causal", "causal/synth", "causal/state",
			"custody/bag", "custody/export", "custody", "custody/handover", "custody/bundle",
			"protocol/form", "protocol/worktime", "protocol",
			"doors/facts", "doors", "doors/plan",
			"votes", "votes/wording", "votes/boost", "votes/position", "votes/backtest", "votes/ideal",
			"forecast", "forecast/views", "forecast/forest", "forecast/counts", "forecast/onset",
		},
		deny: []string{"net/http", "database/sql", "os", "log", "log/slog"},
	},
	{ // fault is below the rest of floor 1, which speaks in its errors
		packages: []string{"internal/fault"},
		deny:     []string{"net/http", "database/sql", "os", "log", "log/slog"},
	},
	{ // 1: the ground
		packages: []string{
			"internal/db/file", "internal/db", "internal/blob", "internal/blob/blobtest", "internal/keys", "internal/conf",
			"internal/lang", "internal/obs", "internal/post", "internal/chart", "internal/geo",
			"internal/cap", "internal/openrosa", "internal/events",
		},
	},
	{ // beside the ground: other people's formats, and the proofs they bring
		packages: []string{
			"internal/proof/judge", "internal/proof/rfc3161", "internal/proof/ots", "internal/proof/c2pa", "internal/proof/proofmode",
			"internal/proof/webarchive", "internal/proof/archiver", "internal/proof/graph", "internal/proof/box", "internal/proof",
		},
		deny: []string{"net/http/httptest", "database/sql", "log", "log/slog"},
	},
	{ // what other programs hand on as a whole
		packages: []string{"internal/bundle/tella", "internal/bundle"},
		deny:     []string{"database/sql", "log", "log/slog"},
	},
	{ // 2: the spine
		packages: []string{"internal/record", "internal/party", "internal/party/signin", "internal/access"},
		ordered:  true,
	},
	{ // 3: the work, one noun each
		packages: work,
		deny:     []string{"net/http", "database/sql"},
	},
	{ // 4: the whole, and the exercise that is played on it
		packages: []string{"internal/heed", "example"},
		ordered:  true,
	},
	{ // 5: the faces
		packages: []string{"internal/web/look", "internal/web/page", "internal/web/visit", "internal/web/office", "internal/web/custody", "internal/web/study", "internal/web/outlook", "internal/web/venue", "internal/web", "internal/api/view", "internal/api", "internal/cli", "internal/share", "internal/field"},
		deny:     []string{"database/sql"},
	},
	{ // what joins the faces
		packages: []string{"internal/serve"},
		deny:     []string{"database/sql"},
	},
	{ // main
		packages: []string{"cmd/heed", "cmd/heed-verify"},
		deny:     []string{"database/sql"},
	},
}

// work is floor 3.
var work = []string{
	"internal/situation", "internal/series", "internal/report", "internal/assessment",
	"internal/warning", "internal/response", "internal/decision", "internal/impact",
	"internal/insight",
	"internal/evidence/vault", "internal/evidence/stamp", "internal/evidence/transfer", "internal/evidence/line", "internal/evidence/near", "internal/evidence/frames", "internal/evidence/reading", "internal/evidence/pdf", "internal/evidence/copies", "internal/evidence",
	"internal/mandate", "internal/coalition", "internal/cases", "internal/coding",
	"internal/measure",
}

// aside are packages that are no part of the product and stand on no floor:
// what serves tests alone, and the programs that make files we keep.
var aside = []string{
	"internal/arch", "internal/testkit", "internal/testkit/with", "internal/testkit/picture", "internal/testkit/affected", "internal/record/recordtest", "internal/geo/gen",
}

// suites take a *testing.T and are imported by tests alone.
var suites = []string{"ledger/ledgertest", "internal/blob/blobtest"}

// sideways lists the imports allowed between nouns of an unordered floor,
// importer first. Those of floor 3 are at most ten. Parts of one noun, which
// are folders of one folder, need no edge: they import what stands before them
// in the list of their floor.
var sideways = [][2]string{
	{"custody", "ledger"}, // a bundle is proved by the log it came from
	{"custody/handover", "ledger"},
	{"custody/bundle", "ledger"},
	{"custody/bundle", "consent"},         // what was permitted goes with what was given
	{"internal/cli", "internal/api/view"}, // with --json the command line prints what the API answers
}

// mostEdges is the number of edges that floor 3 may have.
const mostEdges = 10

// place returns the floor of a package and its place in it, or -1.
func place(dir string) (at, in int) {
	for i, f := range floors {
		if j := slices.Index(f.packages, dir); j >= 0 {
			return i, j
		}
	}
	return -1, -1
}

// noun returns the folder that a package and its parts share: "protocol" for
// "protocol/form", "internal/web" for "internal/web/page".
func noun(dir string) string {
	parts := strings.Split(dir, "/")
	if parts[0] == "internal" && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// isLibrary says whether a package is on floor 0.
func isLibrary(dir string) bool { return slices.Contains(floors[0].packages, dir) }

// Floors reports every import that does not go down, every import too heavy
// for its floor, and every package that is on no floor.
func Floors(t *Tree) (problems []string) {
	for _, p := range t.Packages {
		if slices.Contains(aside, p.Dir) || len(p.Code()) == 0 {
			continue
		}
		if at, _ := place(p.Dir); at < 0 {
			problems = append(problems, p.Dir+" is on no floor: add it to the table")
			continue
		}
		for _, f := range p.Code() {
			for _, imp := range slices.Sorted(maps.Keys(f.imports())) {
				if why := t.mayImport(p.Dir, imp); why != "" {
					problems = append(problems, fmt.Sprintf("%s imports %s: %s", f.Name, imp, why))
				}
			}
		}
	}
	return append(problems, edges(sideways)...)
}

// mayImport returns why a package may not import a path, or nothing.
func (t *Tree) mayImport(dir, imp string) string {
	at, in := place(dir)
	if slices.Contains(floors[at].deny, imp) {
		return "too heavy for this floor"
	}
	to, ours := strings.CutPrefix(imp, t.Module+"/")
	if !ours {
		return ""
	}
	if dir == "cmd/heed-verify" && !isLibrary(to) {
		return "heed-verify links floor 0 only"
	}
	if slices.Contains(aside, to) || slices.Contains(suites, to) {
		return "this is for tests alone"
	}
	below, before := place(to)
	switch {
	case below < 0:
		return "it is on no floor"
	case below < at, slices.Contains(sideways, [2]string{dir, to}):
		return ""
	case below == at && before < in && (floors[at].ordered || noun(to) == noun(dir)):
		return ""
	case below == at:
		return "beside it on the same floor, and not a listed edge"
	}
	return "imports go down only"
}

// edges checks the list of edges itself.
func edges(list [][2]string) (problems []string) {
	n := 0
	for _, e := range list {
		from, _ := place(e[0])
		to, _ := place(e[1])
		if from != to || from < 0 {
			problems = append(problems, fmt.Sprintf("the edge %s → %s does not join two packages of one floor", e[0], e[1]))
		}
		if slices.Contains(list, [2]string{e[1], e[0]}) {
			problems = append(problems, fmt.Sprintf("the edges between %s and %s form a circle", e[0], e[1]))
		}
		if slices.Contains(work, e[0]) {
			n++
		}
	}
	if n > mostEdges {
		problems = append(problems, fmt.Sprintf("floor 3 has %d edges, at most %d", n, mostEdges))
	}
	return problems
}

// OneDependency reports each package of floor 0 that needs more than one
// module from outside.
func OneDependency(t *Tree) (problems []string) {
	for _, p := range t.Packages {
		if !isLibrary(p.Dir) {
			continue
		}
		needs := map[string]bool{}
		for _, f := range p.Code() {
			for imp := range f.imports() {
				if m := t.moduleOf(imp); m != "" {
					needs[m] = true
				}
			}
		}
		if len(needs) > 1 {
			problems = append(problems, fmt.Sprintf("%s needs %v: at most one module from outside", p.Dir, slices.Sorted(maps.Keys(needs))))
		}
	}
	return problems
}

// moduleOf returns the outside module that holds a package, or nothing for
// the standard library and for our own.
func (t *Tree) moduleOf(imp string) string {
	if imp == t.Module || strings.HasPrefix(imp, t.Module+"/") || !strings.Contains(strings.Split(imp, "/")[0], ".") {
		return ""
	}
	best := ""
	for _, m := range t.Require {
		if (imp == m || strings.HasPrefix(imp, m+"/")) && len(m) > len(best) {
			best = m
		}
	}
	if best == "" {
		return path.Dir(imp)
	}
	return best
}
