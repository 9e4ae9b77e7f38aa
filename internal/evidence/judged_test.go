package evidence_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/record"
)

// TestSets: what may bring a proof is seen as it goes by, however large, with
// what it is about; what cannot is not judged.
func TestSets(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		long := strings.Repeat("x", 400_000)
		files := []struct{ name, text string }{
			{"a.jpg", "plain"}, {"a.jpg.ots", "x"}, {"large.jpg", "\xff\xd8\xff\xe0" + long + "c2pa" + long}, {"dull.jpg", "\xff\xd8\xff\xe0" + long},
			{"notes.txt", "c2pa " + long + "c2pa"}, {"small.png", "\x89PNG and so on c2pa"}, {"walk", "WARC/1.1"}, {"pubkey.asc", "a key"}, {"case.json", `{"@context":{"case":"https://ontology.caseontology.org/"}}`},
		}
		in := r.begin(evidence.IntakeInput{Authority: "order 7"})
		var sources []evidence.Source
		for _, f := range files {
			sources = append(sources, text2source(f.name, f.text))
		}
		taken, _, err := r.Take(t.Context(), record.By{Person: "P-1", At: r.At}, "Ana", in, sources, nil)
		if err != nil || len(taken) != len(files) {
			t.Fatal(len(taken), err)
		}
		names := map[string]string{}
		for n, i := range taken {
			names[i.ID] = files[n].name
		}
		got := ""
		for _, s := range evidence.Sets(taken) {
			got += names[s.Item]
			for _, b := range s.Beside {
				got += "+" + names[b]
			}
			got += " "
		}
		const want = "a.jpg+a.jpg.ots+pubkey.asc a.jpg.ots+a.jpg+pubkey.asc large.jpg+pubkey.asc small.png+pubkey.asc walk+pubkey.asc case.json+pubkey.asc "
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		f := judge.New("c2pa")
		for _, v := range []judge.Verdict{judge.Unknown, judge.Good} {
			f.Integrity = v
			f.Note("said %s", fmt.Sprint(v))
			r.Must("P-1", func(tx *record.Tx) error { _, err := evidence.Judged(tx, taken[2].ID, *f); return err })
		}
		r.Look(func(v *record.View) error {
			last, err := evidence.LastFinding(v, taken[2].ID)
			if err != nil || last == nil || last.Integrity != judge.Good || len(last.Notes) != 2 || last.By != "P-1" {
				t.Errorf("%+v, %v", last, err)
			}
			none, err := evidence.LastFinding(v, taken[0].ID)
			if none != nil {
				t.Errorf("%+v", none)
			}
			return err
		})
	})
}
