package situation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
	"github.com/heed-project/heed/internal/situation"
)

// node is a record with this module, sound at the end of each test.
type node struct{ *recordtest.Node }

func each(t *testing.T, f func(*testing.T, *node)) {
	t.Helper()
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		n.At = time.Time{} // these commands are given now
		f(t, &node{n})
	}, situation.Module())
}

var seed = situation.AddInput{Name: "Canary plain", Country: "xaa", Populations: []string{"Canary people", "Canary herders"},
	Analyst: "P-2", Members: []string{"P-4", "P-3", "P-3"}, Marking: "AMBER+STRICT"}

// add opens the situation of most tests.
func (n *node) add(in situation.AddInput) (s situation.Situation) {
	n.T.Helper()
	n.Must("P-1", func(tx *record.Tx) (err error) { s, err = situation.Add(tx, in); return err })
	return s
}

func (n *node) get(id string) (s situation.Situation) {
	n.T.Helper()
	n.Look(func(v *record.View) (err error) { s, err = situation.Get(v, id); return err })
	return s
}

func TestASituationIsWhatWasSaidOfIt(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		s := n.add(seed)
		if s.ID != "S-1" || s.Name != "Canary plain" || s.Country != "XAA" || s.State != situation.Watched || s.Analyst != "P-2" ||
			s.Marking != "AMBER+STRICT" || !slices.Equal(s.Members, []string{"P-3", "P-4"}) || s.Opened.IsZero() || !s.Closed.IsZero() {
			t.Errorf("added %+v", s)
		}
		if len(s.Populations) != 2 || s.Populations[1].ID != "S-1/p2" || s.Populations[1].Name != "Canary herders" {
			t.Errorf("populations %+v", s.Populations)
		}
		n.Must("P-1", func(tx *record.Tx) error {
			if _, err := situation.Rename(tx, "S-1", "  Canary  valley ", "Canary hills"); err != nil {
				return err
			}
			if _, err := situation.SetState(tx, "S-1", situation.Active, "Canary reason"); err != nil {
				return err
			}
			p, err := situation.AddPopulation(tx, "S-1", "Canary fishers", "")
			if err != nil || p.ID != "S-1/p3" || p.Name != "Canary fishers" {
				t.Errorf("added population %+v, %v", p, err)
			}
			if p, err = situation.EndPopulation(tx, "S-1/p1", "Canary end"); err != nil || p.Until.IsZero() {
				t.Errorf("ended population %+v, %v", p, err)
			}
			if _, err := situation.SetAnalyst(tx, "S-1", "P-5"); err != nil {
				return err
			}
			if _, err := situation.AddMember(tx, "S-1", "P-6"); err != nil {
				return err
			}
			_, err = situation.RemoveMember(tx, "S-1", "P-3")
			return err
		})
		s = n.get("S-1")
		if s.Name != "Canary valley" || s.Area != "Canary hills" || s.State != situation.Active || s.Analyst != "P-5" || !slices.Equal(s.Members, []string{"P-4", "P-6"}) {
			t.Errorf("after changes %+v", s)
		}
		var left []string
		for _, p := range s.AtRisk() {
			left = append(left, p.Name)
		}
		if !slices.Equal(left, []string{"Canary herders", "Canary fishers"}) || s.Populations[0].Name != "Canary people" {
			t.Errorf("at risk %v of %+v", left, s.Populations)
		}
		n.Look(func(v *record.View) error {
			line, err := situation.Timeline(v, "S-1", 0, 3)
			if err != nil || len(line) != 3 || line[0].Kind != "situation.member-removed" || line[0].Index <= line[1].Index {
				t.Errorf("timeline %v, %v", line, err)
			}
			rest, err := situation.Timeline(v, "S-1", line[2].Index, 50)
			if err != nil || len(rest) != 5 || rest[4].Kind != "situation.added" {
				t.Errorf("the rest %v, %v", rest, err)
			}
			for _, e := range rest {
				if e.Kind == "situation.state-set" {
					if why, err := situation.Reason(v, e.Index); why != "Canary reason" || err != nil {
						t.Errorf("reason %q, %v", why, err)
					}
				}
			}
			_, err = situation.Timeline(v, "S-9", 0, 1)
			if fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("a timeline of nothing: %v", err)
			}
			return nil
		})
		n.Silent("Canary", "canary")
	})
}

func TestWhoWorksOnASituation(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		n.add(seed)
		n.add(situation.AddInput{Name: "B", Area: "across the border", Members: []string{"P-2"}})
		n.Look(func(v *record.View) error {
			for who, want := range map[string]bool{"P-2": true, "P-3": true, "P-4": true, "P-1": false, "": false} {
				if is, err := situation.IsMember(v, "S-1", who); is != want || err != nil {
					t.Errorf("%s is a member: %t, %v", who, is, err)
				}
				if s := n.get("S-1"); s.IsMember(who) != want {
					t.Errorf("%s as the situation says: %t", who, !want)
				}
			}
			if ids, err := situation.MemberOf(v, "P-2"); !slices.Equal(ids, []string{"S-1", "S-2"}) || err != nil {
				t.Errorf("P-2 works on %v, %v", ids, err)
			}
			return nil
		})
	})
}

func TestListsSelect(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		n.add(seed)
		n.add(situation.AddInput{Name: "B", Area: "the coast", State: situation.Active, Populations: []string{"the coast's own"}})
		n.add(situation.AddInput{Name: "C", Country: "XAB", Analyst: "P-9"})
		n.Must("P-1", func(tx *record.Tx) error { _, err := situation.Close(tx, "S-3", "over"); return err })
		for _, c := range []struct {
			f    situation.Filter
			want string
		}{
			{situation.Filter{}, "S-1 S-2 S-3"},
			{situation.Filter{Open: true}, "S-1 S-2"},
			{situation.Filter{State: situation.Closed}, "S-3"},
			{situation.Filter{Country: "XAA"}, "S-1"},
			{situation.Filter{Analyst: "P-9"}, "S-3"},
			{situation.Filter{Member: "P-4"}, "S-1"},
			{situation.Filter{Member: "P-4", Country: "XAB"}, ""},
		} {
			n.Look(func(v *record.View) error {
				all, err := situation.List(v, c.f)
				var ids []string
				for _, s := range all {
					ids = append(ids, s.ID)
				}
				if got := strings.Join(ids, " "); got != c.want {
					t.Errorf("%+v selects %s, not %s", c.f, got, c.want)
				}
				return err
			})
		}
		n.Look(func(v *record.View) error {
			all, err := situation.List(v, situation.Filter{})
			if err != nil || len(all[0].Populations) != 2 || all[1].Populations[0].Name != "the coast's own" || len(all[2].Populations) != 0 || all[2].Closed.IsZero() {
				t.Errorf("%+v, %v", all, err)
			}
			if s, err := situation.Find(v, " CANARY  plain"); s.ID != "S-1" || err != nil {
				t.Errorf("found %s, %v", s.ID, err)
			}
			if s, err := situation.Find(v, "S-2"); s.Name != "B" || err != nil {
				t.Errorf("found %s, %v", s.Name, err)
			}
			if _, err := situation.Find(v, "D"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("found nothing: %v", err)
			}
			return nil
		})
	})
}

func TestBadInputSaysWhatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		n.add(seed)
		n.Must("P-1", func(tx *record.Tx) error {
			if _, err := situation.Add(tx, situation.AddInput{Name: "shut", Country: "XAB", Populations: []string{"p"}}); err != nil {
				return err
			}
			_, err := situation.Close(tx, "S-2", "over")
			return err
		})
		add := func(change func(*situation.AddInput)) func(*record.Tx) error {
			return func(tx *record.Tx) error {
				in := situation.AddInput{Name: "New", Country: "XAC"}
				change(&in)
				_, err := situation.Add(tx, in)
				return err
			}
		}
		for name, c := range map[string]struct {
			kind  fault.Kind
			field string
			f     func(*record.Tx) error
		}{
			"no name":          {fault.KindInvalid, "name", add(func(in *situation.AddInput) { in.Name = " \n" })},
			"long name":        {fault.KindInvalid, "name", add(func(in *situation.AddInput) { in.Name = strings.Repeat("é", 201) })},
			"unprintable":      {fault.KindInvalid, "name", add(func(in *situation.AddInput) { in.Name = "a\x00b" })},
			"nowhere":          {fault.KindInvalid, "country", add(func(in *situation.AddInput) { in.Country = "" })},
			"no such code":     {fault.KindInvalid, "country", add(func(in *situation.AddInput) { in.Country = "Atlantis" })},
			"begins closed":    {fault.KindInvalid, "state", add(func(in *situation.AddInput) { in.State = situation.Closed })},
			"analyst by name":  {fault.KindInvalid, "analyst", add(func(in *situation.AddInput) { in.Analyst = "Amina" })},
			"member by name":   {fault.KindInvalid, "members", add(func(in *situation.AddInput) { in.Members = []string{"P-1", "x"} })},
			"population twice": {fault.KindInvalid, "population", add(func(in *situation.AddInput) { in.Populations = []string{"the A", "The  a"} })},
			"marking":          {fault.KindInvalid, "marking", add(func(in *situation.AddInput) { in.Marking = "SECRET" })},
			"same again":       {fault.KindExists, "", add(func(in *situation.AddInput) { in.Name, in.Country = "canary PLAIN", "XAA" })},
			"close twice":      {fault.KindExists, "", func(tx *record.Tx) error { _, err := situation.Close(tx, "S-2", "x"); return err }},
			"close unexplained": {fault.KindInvalid, "reason", func(tx *record.Tx) error {
				_, err := situation.Close(tx, "S-1", " ")
				return err
			}},
			"reopen unexplained": {fault.KindInvalid, "reason", func(tx *record.Tx) error {
				_, err := situation.SetState(tx, "S-2", situation.Active, "")
				return err
			}},
			"closed by state": {fault.KindInvalid, "state", func(tx *record.Tx) error { _, err := situation.SetState(tx, "S-1", "closed", "x"); return err }},
			"add to closed": {fault.KindStale, "", func(tx *record.Tx) error {
				_, err := situation.AddPopulation(tx, "S-2", "q", "")
				return err
			}},
			"same population": {fault.KindExists, "", func(tx *record.Tx) error {
				_, err := situation.AddPopulation(tx, "S-1", "canary People", "")
				return err
			}},
			"no such population": {fault.KindNotFound, "", func(tx *record.Tx) error { _, err := situation.EndPopulation(tx, "S-1/p9", "x"); return err }},
			"no such situation":  {fault.KindNotFound, "", func(tx *record.Tx) error { _, err := situation.Rename(tx, "S-7", "x", ""); return err }},
			"member twice":       {fault.KindExists, "", func(tx *record.Tx) error { _, err := situation.AddMember(tx, "S-1", "P-3"); return err }},
			"never a member":     {fault.KindNotFound, "", func(tx *record.Tx) error { _, err := situation.RemoveMember(tx, "S-1", "P-9"); return err }},
			"analyst already":    {fault.KindExists, "", func(tx *record.Tx) error { _, err := situation.SetAnalyst(tx, "S-1", "P-2"); return err }},
		} {
			if err := n.Try("P-1", c.f); fault.KindOf(err) != c.kind || fault.Field(err) != c.field {
				t.Errorf("%s: %v (%s, field %q)", name, err, fault.KindOf(err), fault.Field(err))
			}
		}
	})
}

func TestErasedWordsAreGoneAndTheSituationStands(t *testing.T) {
	each(t, func(t *testing.T, n *node) {
		n.add(seed)
		if err := n.Erase(t.Context(), record.By{Person: "P-1"}, "S-1", "a court's order"); err != nil {
			t.Fatal(err)
		}
		s := n.get("S-1")
		if !s.Erased || s.Name != "" || len(s.Populations) != 2 || s.Populations[0].Name != "" || s.Country != "XAA" {
			t.Errorf("erased %+v", s)
		}
		if err := n.Try("P-1", func(tx *record.Tx) error { _, err := situation.AddPopulation(tx, "S-1", "q", ""); return err }); fault.KindOf(err) != fault.KindStale {
			t.Errorf("added to the erased: %v", err)
		}
		n.Must("P-1", func(tx *record.Tx) error { _, err := situation.Rename(tx, "S-1", "Anew", ""); return err })
		if s := n.get("S-1"); s.Erased || s.Name != "Anew" || s.Populations[0].Name != "" {
			t.Errorf("named anew %+v", s)
		}
	})
}
