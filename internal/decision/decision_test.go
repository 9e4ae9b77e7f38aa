package decision

import (
	"bytes"
	"testing"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

func input() Input {
	return Input{Warning: "W-1", Situation: "S-1", Known: "columns move at night " + recordtest.Canary, Choice: "ask for a special session",
		Reason: "the council is blocked", Community: "the elders ask for a presence",
		Options: []Option{{Name: "special session", For: "fast", Chosen: true}, {Name: "wait", Against: "they die " + recordtest.Canary}}}
}

func draft(n *recordtest.Node, in Input) (d Decision) {
	n.T.Helper()
	n.Must("P-2", func(tx *record.Tx) (err error) { d, err = Draft(tx, in); return err })
	return d
}

func TestTheCommunitiesInputIsAGate(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		for field, spoil := range map[string]func(*Input){
			"community":    func(in *Input) { in.Community = "  " },
			"no_community": func(in *Input) { in.NoCommunity = "no line" },
			"choice":       func(in *Input) { in.Choice = "" },
			"reason":       func(in *Input) { in.Reason = "\n" },
			"warning":      func(in *Input) { in.Warning = "" },
			"options":      func(in *Input) { in.Options[1].Chosen = true },
		} {
			in := input()
			spoil(&in)
			if err := n.Try("P-2", func(tx *record.Tx) error { _, err := Draft(tx, in); return err }); fault.Field(err) != field {
				t.Errorf("%s: got %v (field %q)", field, err, fault.Field(err))
			}
		}
		in := input()
		in.Community, in.NoCommunity = "", "the network is cut; retried on 3 and 4 March"
		if d := draft(n, in); d.Consulted || d.State != Drafted {
			t.Errorf("got %+v", d)
		}
	}, Module())
}

func TestASignedDecisionIsSupersededNeverEdited(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		first := draft(n, input())
		n.Must("P-3", func(tx *record.Tx) error { return Dissent(tx, first.ID, "too late by a week "+recordtest.Canary) })
		sign := func(id string, s Signature) error {
			return n.Try("P-4", func(tx *record.Tx) error { _, err := Sign(tx, id, s); return err })
		}
		if sign(first.ID, Signature{By: "P-4", Kind: ByPasskey}) == nil || sign(first.ID, Signature{By: "P-4", Kind: "x"}) == nil {
			t.Error("signed with nothing")
		}
		if err := sign(first.ID, Signature{By: "P-4", Kind: ByPasskey, Credential: "c1", Assertion: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
		if err := sign(first.ID, Signature{By: "P-4", Kind: BySession}); fault.KindOf(err) != fault.KindStale {
			t.Errorf("signed twice: %v", err)
		}
		in := input()
		in.Supersedes, in.Choice = first.ID, "and an Arria meeting"
		second, rival := draft(n, in), draft(n, in)
		if err := sign(second.ID, Signature{By: "P-4", Kind: BySession}); err != nil {
			t.Fatal(err)
		}
		if err := sign(rival.ID, Signature{By: "P-4", Kind: BySession}); fault.KindOf(err) != fault.KindStale {
			t.Errorf("a second one superseded the same decision: %v", err)
		}
		n.Look(func(v *record.View) error {
			d, err := Get(v, first.ID)
			if err != nil || d.State != Superseded || d.SupersededBy != second.ID || d.SignedBy != "P-4" || d.Kind != ByPasskey || d.Dissents != 1 {
				t.Errorf("%+v, %v", d, err)
			}
			words, err := Read(v, d)
			if err != nil {
				return err
			}
			words.Warning, words.Situation = "", ""
			again, err := Digest(d.ID, words)
			if err != nil || !bytes.Equal(again, d.Digest) {
				t.Errorf("the digest of what is read is not what was signed: %v", err)
			}
			guess := words
			guess.Salt = ""
			if other, _ := Digest(d.ID, guess); bytes.Equal(other, d.Digest) || len(words.Salt) != 32 {
				t.Errorf("whoever knows the words can confirm them without the salt %q", words.Salt)
			}
			twin, err := Get(v, second.ID)
			if err != nil || bytes.Equal(twin.Digest, d.Digest) {
				t.Errorf("two drafts have one digest, %v", err)
			}
			words.Reason += "."
			if other, _ := Digest(d.ID, words); bytes.Equal(other, d.Digest) {
				t.Error("another reason has the same digest")
			}
			ds, err := Dissents(v, first.ID)
			if err != nil || len(ds) != 1 || ds[0].By != "P-3" {
				t.Errorf("%+v, %v", ds, err)
			}
			if s, err := ReadDissent(v, ds[0]); err != nil || s != "too late by a week "+recordtest.Canary {
				t.Errorf("%q, %v", s, err)
			}
			l, err := List(v, Filter{Warning: "W-1", State: Signed})
			if err != nil || len(l) != 1 || l[0].ID != second.ID {
				t.Errorf("%+v, %v", l, err)
			}
			return nil
		})
	}, Module())
}
