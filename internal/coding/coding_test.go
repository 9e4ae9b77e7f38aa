package coding_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

func input() coding.Input {
	return coding.Input{Terms: []coding.Term{{Field: "shows", Code: "vehicle"}, {Field: "act", Code: "killing"}, {Field: "act", Code: "killing"}}, Content: coding.Content{
		Events: []coding.Event{{Date: "2026-03", Place: "wells " + recordtest.Canary, What: recordtest.Canary}}, Persons: []coding.Person{{Name: "X " + recordtest.Canary, Role: "driver"}},
		Places: []string{recordtest.Canary}, Note: recordtest.Canary}}
}

// TestWhoCodesDoesNotReview: for one item nobody ever has both parts, what was
// given back is coded anew and waits again, and no name is in a table.
func TestWhoCodesDoesNotReview(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		code := func(who string, in coding.Input) error {
			return n.Try(who, func(tx *record.Tx) error { _, err := coding.Code(tx, "E-1.1", "AMBER", in); return err })
		}
		review := func(who, state, note string) error {
			return n.Try(who, func(tx *record.Tx) error { _, err := coding.Review(tx, "E-1.1", "AMBER", state, note); return err })
		}
		want := func(what string, err error, kind fault.Kind) {
			t.Helper()
			if fault.KindOf(err) != kind || (err == nil) != (kind == fault.KindOf(nil)) {
				t.Errorf("%s: %v", what, err)
			}
		}
		none := fault.KindOf(nil)
		want("reviewed before it is coded", review("P-2", coding.Accepted, ""), fault.KindNotFound)
		want("coded", code("P-1", input()), none)
		want("its own review", review("P-1", coding.Accepted, ""), fault.KindDenied)
		want("given back without words", review("P-2", coding.Returned, " "), fault.KindInvalid)
		want("an unknown state", review("P-2", "lost", "x"), fault.KindInvalid)
		want("given back", review("P-2", coding.Returned, "which well? "+recordtest.Canary), none)
		want("given back twice", review("P-3", coding.Returned, "x"), fault.KindStale)
		want("coded by its reviewer", code("P-2", input()), fault.KindDenied)
		n.Look(func(v *record.View) error {
			c, err := coding.Get(v, "E-1.1")
			if err != nil || c.State != coding.Returned || c.By != "P-1" || c.Reviewer != "P-2" || len(c.Terms) != 2 {
				t.Errorf("%+v, %v", c, err)
			}
			if note, err := coding.NoteOf(v, c.Review); err != nil || !strings.HasPrefix(note, "which well?") {
				t.Errorf("%q, %v", note, err)
			}
			x, err := coding.ContentOf(v, c)
			if err != nil || !reflect.DeepEqual(x, input().Content) {
				t.Errorf("%+v, %v", x, err)
			}
			return nil
		})
		less := input()
		less.Terms = less.Terms[:1]
		want("coded anew", code("P-4", less), none)
		want("reviewed by who coded it before", review("P-1", coding.Accepted, ""), fault.KindDenied)
		want("accepted", review("P-2", coding.Accepted, ""), none)
		n.Look(func(v *record.View) error {
			terms, err := coding.TermsOf(v, []string{"E-1.1", "E-1.2"})
			if err != nil || len(terms) != 1 || !slices.Equal(terms["E-1.1"], less.Terms) {
				t.Errorf("%v, %v", terms, err)
			}
			return nil
		})
		for field, change := range map[string]func(*coding.Input){
			"terms":   func(in *coding.Input) { in.Terms[0].Code = "kiling" },
			"events":  func(in *coding.Input) { in.Events[0].Date = "3 March" },
			"persons": func(in *coding.Input) { in.Persons[0].Name = " " },
			"places":  func(in *coding.Input) { in.Places[0] = "" },
			"note":    func(in *coding.Input) { in.Note = strings.Repeat("x", 10_001) },
			"coding":  func(in *coding.Input) { in.Places = make([]string, 201) },
		} {
			in := input()
			change(&in)
			if err := code("P-1", in); fault.KindOf(err) != fault.KindInvalid || fault.Field(err) != field {
				t.Errorf("%s: %v (%s)", field, err, fault.Field(err))
			}
		}
		want("nothing", code("P-1", coding.Input{}), fault.KindInvalid)
	}, coding.Module())
}

// TestAnOfficeEditsItsVocabulary: the file that comes with Heed is in force
// until another is; what is wrong with one is said with its line.
func TestAnOfficeEditsItsVocabulary(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		n.Look(func(v *record.View) error {
			if all, entry, err := coding.Current(v); err != nil || entry != 0 || !all.Has(coding.Term{Field: "act", Code: "killing"}) || len(all.Fields()) != 3 {
				t.Errorf("%v %d %v", all, entry, err)
			}
			return nil
		})
		n.Must("P-1", func(tx *record.Tx) error {
			_, err := coding.Adopt(tx, []byte("\xef\xbb\xbffield,code,label\nwater,well,Un puits\n"))
			return err
		})
		n.Look(func(v *record.View) error {
			all, entry, err := coding.Current(v)
			if err != nil || entry == 0 || len(all) != 1 || all.Label(coding.Term{Field: "water", Code: "well"}) != "Un puits" || all.Label(coding.Term{Field: "a", Code: "b"}) != "a=b" {
				t.Errorf("%v %d %v", all, entry, err)
			}
			return nil
		})
	}, coding.Module())
	for text, want := range map[string]string{
		"": "line 1", "code,field,label\na,b,c\n": "line 1", "field,code,label\n": "no term", "field,code,label\nA,b,c\n": "line 2", "field,code,label\na,b,c\na,b,d\n": "line 3: a=b stands twice",
		"field,code,label\na,b,\n": "needs a label", "field,code,label\na,b\n": "line 2", "field,code,label\na," + strings.Repeat("b", 41) + ",c\n": "short words",
	} {
		if _, err := coding.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, got %v", text, want, err)
		}
	}
	if _, err := coding.Parse(make([]byte, 300<<10)); err == nil {
		t.Error("a file of any length is read")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("field,code,label\nact,killing,Killing\n"))
	f.Add([]byte("\xef\xbb\xbffield,code,label\n\"a\",b,\"c\nd\"\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<14 {
			return
		}
		v, err := coding.Parse(b)
		if err != nil {
			return
		}
		for _, c := range v {
			if got, err := coding.ParseTerm(c.Term.String()); err != nil || got != c.Term || !v.Has(got) || v.Label(got) != c.Label {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
}

func FuzzParseTerm(f *testing.F) {
	f.Add("act=killing")
	f.Fuzz(func(t *testing.T, s string) {
		if term, err := coding.ParseTerm(s); err == nil && term.String() != s {
			t.Errorf("%q became %q", s, term)
		}
	})
}
