package cli_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/cli"
	"github.com/heed-project/heed/internal/testkit"
)

// TestForetell predicts a draft from the last real roll calls, first where nobody
// has said anything and then with what some have said.
func TestForetell(t *testing.T) {
	if testing.Short() {
		t.Skip("learns from real votes")
	}
	work := t.TempDir()
	dir := filepath.Join(work, "node")
	ask := func(into any, args ...string) {
		t.Helper()
		var out, problem bytes.Buffer
		if code := cli.Run(t.Context(), append(args, "--dir", dir, "--json"), &out, &problem, nil); code != 0 {
			t.Fatalf("heed %s: exit %d: %s", strings.Join(args, " "), code, problem.String())
		}
		if into != nil {
			if err := json.Unmarshal(out.Bytes(), into); err != nil {
				t.Fatal(err)
			}
		}
	}
	// The 60 roll calls of 2013 and those of late 2012.
	late := map[string]bool{}
	rolls := filepath.Join(work, "rolls.csv")
	only(t, "votes/unga_roll_calls_1946_2013.csv.gz", rolls, func(head, row []string) bool {
		keep := row[slices.Index(head, "date")] >= "2012-12"
		late[row[slices.Index(head, "rcid")]] = keep
		return keep
	})
	ballots := filepath.Join(work, "votes.csv")
	only(t, "votes/unga_votes_1946_2013.csv.gz", ballots, func(head, row []string) bool { return late[row[slices.Index(head, "rcid")]] })

	ask(nil, "init", "--agency", "Ministry", "--admin", "Ana Lima")
	ask(nil, "situation", "add", "--name", "A draft on executions", "--area", "A test", "--population", "Those on death row")
	ask(nil, "warning", "issue", "--situation", "S-1", "--level", "3", "--finding", "A test.", "--to", "Ana Lima")
	ask(nil, "coalition", "open", "--warning", "W-1", "--kind", "draft", "--measure", "NY-GA3", "--title", "Moratorium on the use of the death penalty")
	var before, after struct {
		Pass  float64
		Tally struct {
			Yes struct{ Mean, Low, High float64 }
		}
		Entry int64
	}
	foretell := []string{"coalition", "foretell", "CO-1", "--votes", ballots, "--rollcalls", rolls}
	ask(&before, foretell...)
	if y := before.Tally.Yes; y.Mean < 90 || y.Mean > 135 || y.Low > y.Mean || y.High < y.Mean || before.Pass < 0.75 || before.Entry == 0 {
		t.Errorf("111 voted for the last such text, 41 against: %+v", before)
	}
	for _, state := range []string{"FRA", "MEX", "ZAF", "PHL", "CHE", "ARG"} {
		ask(nil, "coalition", "pledge", "CO-1", state, "no", "--from", "Their delegate")
	}
	ask(&after, foretell...)
	if after.Tally.Yes.Mean > before.Tally.Yes.Mean-8 || after.Entry <= before.Entry {
		t.Errorf("six that are usually for it said no: %.1f yes before, %.1f after", before.Tally.Yes.Mean, after.Tally.Yes.Mean)
	}
}

// only copies those rows of a file of the shared data that are kept.
func only(t *testing.T, name, to string, keep func(head, row []string) bool) {
	t.Helper()
	in, err := os.Open(testkit.Shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(z)
	head, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	out := [][]string{head}
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if keep(head, row) {
			out = append(out, row)
		}
	}
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := csv.NewWriter(f).WriteAll(out); err != nil {
		t.Fatal(err)
	}
}
