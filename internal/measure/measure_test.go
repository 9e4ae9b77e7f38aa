package measure

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/record/recordtest"
)

func open(n *recordtest.Node) (p Package) {
	n.T.Helper()
	n.Must("P-1", func(tx *record.Tx) (err error) {
		p, err = Open(tx, Input{Warning: "W-1", Situation: "S-1", Decision: "DEC-1", Objective: "open-access", State: "SVN", Priorities: []string{"children"}, Title: "Open the road " + recordtest.Canary})
		return err
	})
	return p
}

func add(n *recordtest.Node, pkg string, in StepInput) (s Step) {
	n.T.Helper()
	if in.Due.IsZero() {
		in.Due = recordtest.Start.AddDate(0, 0, 7)
	}
	n.Must("P-1", func(tx *record.Tx) (err error) { s, err = Add(tx, pkg, in); return err })
	return s
}

// TestNothingGoesOutByOneHand: an outward step starts when another than its
// proposer has approved the words, and not before.
func TestNothingGoesOutByOneHand(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		p := open(n)
		s := add(n, p.ID, StepInput{Measure: "GE-SS", Venue: "HRC", Owner: "P-2", Outward: true, Title: "Ask for a session " + recordtest.Canary})
		do := func(person string, f func(*record.Tx) error) error { return n.Try(person, f) }
		if err := do("P-1", func(tx *record.Tx) error { return Start(tx, s.ID) }); fault.KindOf(err) != fault.KindStale {
			t.Errorf("started without approval: %v", err)
		}
		n.Must("P-1", func(tx *record.Tx) error { return Propose(tx, s.ID, "We ask for a session "+recordtest.Canary) })
		if err := do("P-1", func(tx *record.Tx) error { return Approve(tx, s.ID, "") }); fault.KindOf(err) != fault.KindDenied {
			t.Errorf("approved by its proposer: %v", err)
		}
		n.Must("P-3", func(tx *record.Tx) error { return Return(tx, s.ID, "name the region") })
		n.Must("P-1", func(tx *record.Tx) error { return Propose(tx, s.ID, "We ask, with the region, for a session") })
		n.Must("P-3", func(tx *record.Tx) error { return Approve(tx, s.ID, "good") })
		n.Must("P-2", func(tx *record.Tx) error { return Start(tx, s.ID) })
		n.Look(func(v *record.View) error {
			s, err := GetStep(v, s.ID)
			if err != nil {
				return err
			}
			text, err := Proposal(v, s)
			if s.State != Underway || s.ProposedBy != "P-1" || s.ApprovedBy != "P-3" || text != "We ask, with the region, for a session" {
				t.Errorf("%+v %q", s, text)
			}
			return err
		})
	}, Module())
}

// TestNothingClosesSilently: a closed step says what it leaves, and its
// successors wait for it.
func TestNothingClosesSilently(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		p := open(n)
		first := add(n, p.ID, StepInput{Measure: "CA-TASK", Owner: "P-2", Title: "Task the embassies"})
		second := add(n, p.ID, StepInput{Measure: "CA-DEM", Owner: "P-2", Title: "Demarche", After: []string{first.ID}})
		if err := n.Try("P-2", func(tx *record.Tx) error { return Start(tx, second.ID) }); fault.KindOf(err) != fault.KindStale {
			t.Errorf("it did not wait: %v", err)
		}
		n.Must("P-2", func(tx *record.Tx) error { return Start(tx, first.ID) })
		late := recordtest.Start.AddDate(0, 1, 0)
		for field, r := range map[string]Result{
			"result":       {FollowUp: "ask again", FollowUpBy: late},
			"follow_up":    {Text: "eleven answered"},
			"follow_up_by": {Text: "eleven answered", FollowUp: "ask again"},
			"no_follow_up": {Text: "eleven answered", FollowUp: "ask again", FollowUpBy: late, NoFollowUpAs: "all said"},
		} {
			if err := n.Try("P-2", func(tx *record.Tx) error { return Close(tx, first.ID, r) }); fault.Field(err) != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		n.Must("P-2", func(tx *record.Tx) error {
			return Close(tx, first.ID, Result{Text: "eleven answered", FollowUp: "ask the others", FollowUpBy: late})
		})
		n.Must("P-2", func(tx *record.Tx) error { return Start(tx, second.ID) })
		n.Must("P-2", func(tx *record.Tx) error {
			return Close(tx, second.ID, Result{Dropped: true, Text: "the ambassador was recalled", NoFollowUpAs: "nobody is there"})
		})
		if err := n.Try("P-2", func(tx *record.Tx) error { return Close(tx, first.ID, Result{Text: "x", NoFollowUpAs: "y"}) }); fault.KindOf(err) != fault.KindStale {
			t.Errorf("closed twice: %v", err)
		}
		n.Look(func(v *record.View) error {
			s, err := GetStep(v, first.ID)
			if err != nil {
				return err
			}
			r, err := Outcome(v, s)
			if err != nil {
				return err
			}
			if s.State != Done || r.FollowUp != "ask the others" || !s.FollowUp.Equal(late) {
				t.Errorf("%+v %+v", s, r)
			}
			all, err := Steps(v, p.ID)
			if len(all) != 2 || all[1].State != Dropped || all[1].After[0] != first.ID {
				t.Errorf("%+v", all)
			}
			return err
		})
	}, Module())
}

func TestTaskingsGoOutByTwoAndAreAnsweredOnce(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		p := open(n)
		var k Tasking
		n.Must("P-1", func(tx *record.Tx) (err error) {
			k, err = Task(tx, p.ID, TaskingInput{To: "P-9", Due: n.At.AddDate(0, 0, 3), Question: "Would they sign? " + recordtest.Canary})
			return err
		})
		if err := n.Try("P-1", func(tx *record.Tx) error { return Send(tx, k.ID) }); fault.KindOf(err) != fault.KindDenied {
			t.Errorf("sent by its author: %v", err)
		}
		if err := n.Try("P-9", func(tx *record.Tx) error { return Answer(tx, k.ID, "R-1") }); fault.KindOf(err) != fault.KindStale {
			t.Errorf("answered before it was sent: %v", err)
		}
		n.Look(func(v *record.View) error {
			if all, err := TaskingsTo(v, "P-9"); err != nil || len(all) != 0 {
				t.Errorf("a draft is seen by who will be asked: %+v %v", all, err)
			}
			return nil
		})
		n.Must("P-2", func(tx *record.Tx) error { return Send(tx, k.ID) })
		n.Must("P-9", func(tx *record.Tx) error { return Answer(tx, k.ID, "R-1") })
		if err := n.Try("P-9", func(tx *record.Tx) error { return Answer(tx, k.ID, "R-2") }); fault.KindOf(err) != fault.KindStale {
			t.Errorf("answered twice: %v", err)
		}
		n.Look(func(v *record.View) error {
			all, err := Taskings(v, p.ID)
			if len(all) != 1 || all[0].Report != "R-1" || all[0].SentBy != "P-2" || all[0].State != Answered {
				t.Errorf("%+v", all)
			}
			q, err2 := Question(v, all[0])
			if !strings.HasPrefix(q, "Would they sign?") {
				t.Errorf("%q", q)
			}
			return errors.Join(err, err2)
		})
	}, Module())
}

const priorities = "code,title,measures,source\nchildren,Children in conflict,GE-* NY-ARRIA,Strategy 2026\nevidence,Evidence that holds,JU-* GE-RES,Strategy 2026\n"

func TestPriorities(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		all, err := ParsePriorities([]byte(priorities))
		if err != nil {
			t.Fatal(err)
		}
		n.Must("P-1", func(tx *record.Tx) error { return Adopt(tx, all[:1]) })
		n.Must("P-1", func(tx *record.Tx) error { return Adopt(tx, all) })
		n.Look(func(v *record.View) error {
			got, err := Priorities(v)
			if len(got) != 2 || !got[0].Serves("GE-SS") || !got[0].Serves("NY-ARRIA") || got[0].Serves("NY-RES") || !got[1].Serves("JU-ICJ") {
				t.Errorf("%+v", got)
			}
			return err
		})
	}, Module())
	for _, bad := range []string{"", "code,title\n", "code,title,measures,source\n", "code,title,measures,source\nA B,x,GE-SS,s\n", "code,title,measures,source\na,x,,s\n",
		"code,title,measures,source\na,x,Geneva,s\n", "code,title,measures,source\na,x,GE-SS,s\na,y,GE-SS,s\n", "code,title,measures,source\na,,GE-SS,s\n", "code,title,measures,source\na,\"x\n"} {
		if _, err := ParsePriorities([]byte(bad)); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParsePriorities(f *testing.F) {
	f.Add([]byte(priorities))
	f.Add([]byte("code,title,measures,source\na,x,GE-*,\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := ParsePriorities(data)
		if err != nil {
			return
		}
		for _, p := range all {
			if p.Code == "" || p.Title == "" || len(p.Measures) == 0 {
				t.Errorf("%+v was taken", p)
			}
		}
	})
}

// TestDOCX reads the document back as a word processor would: every part is
// well-formed, every relation leads to a part, and the text is all there.
func TestDOCX(t *testing.T) {
	for _, rtl := range []bool{false, true} {
		d := Document{Title: "Briefing <1>", Author: "Office", Lang: "ar", RTL: rtl, Made: recordtest.Start, Footer: "AMBER",
			Body: []Paragraph{{"Title", "A & B"}, {"ListBullet", "صوت \x01 \xff"}, {"", "plain"}}}
		var b, again bytes.Buffer
		if err := errors.Join(WriteDOCX(&b, d), WriteDOCX(&again, d)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Error("the same document makes other bytes")
		}
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		parts := map[string]string{}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(r)
			parts[f.Name] = string(text)
			for x := xml.NewDecoder(bytes.NewReader(text)); ; {
				if _, err := x.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s is not well-formed: %v", f.Name, err)
				}
			}
		}
		for _, want := range []string{"[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/styles.xml", "word/footer1.xml", "docProps/core.xml"} {
			if parts[want] == "" {
				t.Errorf("no part %s", want)
			}
		}
		related(t, parts)
		text := parts["word/document.xml"]
		if !strings.Contains(text, "A &amp; B") || !strings.Contains(text, "صوت") || strings.Contains(text, "<w:rtl/>") != rtl || !strings.Contains(parts["word/footer1.xml"], "AMBER") {
			t.Errorf("the text is not there: %s", text)
		}
	}
}

// related holds the package to ECMA-376 part 2: every part has a content type,
// every override names a part, and every relation leads to one.
func related(t *testing.T, parts map[string]string) {
	t.Helper()
	var types struct {
		Override []struct {
			PartName    string `xml:",attr"`
			ContentType string `xml:",attr"`
		} `xml:"Override"`
	}
	typed := map[string]string{}
	read := func(name string, into any) {
		if err := xml.Unmarshal([]byte(parts[name]), into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for _, x := range []struct {
		rels, base string
	}{{"_rels/.rels", ""}, {"word/_rels/document.xml.rels", "word/"}} {
		var rels struct {
			Relationship []struct {
				Target string `xml:"Target,attr"`
			} `xml:"Relationship"`
		}
		read(x.rels, &rels)
		if len(rels.Relationship) != 2 {
			t.Errorf("%s: %d relations", x.rels, len(rels.Relationship))
		}
		for _, r := range rels.Relationship {
			if parts[x.base+r.Target] == "" {
				t.Errorf("%s leads to %s, which is no part", x.rels, x.base+r.Target)
			}
		}
	}
	read("[Content_Types].xml", &types)
	for _, o := range types.Override {
		if typed[o.PartName] = o.ContentType; parts[strings.TrimPrefix(o.PartName, "/")] == "" {
			t.Errorf("a content type for %s, which is no part", o.PartName)
		}
	}
	for name := range parts {
		if known := strings.HasSuffix(name, ".rels") || name == "[Content_Types].xml"; !known && !strings.Contains(typed["/"+name], "openxmlformats") {
			t.Errorf("%s has the content type %q", name, typed["/"+name])
		}
	}
	if root := typed["/word/document.xml"]; !strings.HasSuffix(root, "wordprocessingml.document.main+xml") {
		t.Errorf("the main part is %s", root)
	}
}

// TestRefused: what cannot be opened, added or asked is refused by its field.
func TestRefused(t *testing.T) {
	recordtest.Each(t, func(t *testing.T, n *recordtest.Node) {
		p := open(n)
		for field, f := range map[string]func(*record.Tx) error{
			"warning":   func(tx *record.Tx) error { _, err := Open(tx, Input{Title: "x", Objective: "y"}); return err },
			"title":     func(tx *record.Tx) error { _, err := Open(tx, Input{Warning: "W-1", Objective: "y"}); return err },
			"objective": func(tx *record.Tx) error { _, err := Open(tx, Input{Warning: "W-1", Title: "y"}); return err },
			"measure":   func(tx *record.Tx) error { _, err := Add(tx, p.ID, StepInput{Title: "x"}); return err },
			"owner": func(tx *record.Tx) error {
				_, err := Add(tx, p.ID, StepInput{Title: "x", Measure: "GE-SS"})
				return err
			},
			"after": func(tx *record.Tx) error {
				_, err := Add(tx, p.ID, StepInput{Title: "x", Measure: "GE-SS", Owner: "P-1", Due: tx.Now, After: []string{"PK-1/9"}})
				return err
			},
			"due": func(tx *record.Tx) error {
				_, err := Add(tx, p.ID, StepInput{Title: "x", Measure: "GE-SS", Owner: "P-1", Due: tx.Now, From: tx.Now.Add(time.Hour)})
				return err
			},
			"to": func(tx *record.Tx) error { _, err := Task(tx, p.ID, TaskingInput{Question: "x"}); return err },
			"tasking_due": func(tx *record.Tx) error {
				_, err := Task(tx, p.ID, TaskingInput{To: "P-2", Question: "x", Due: tx.Now.Add(-time.Hour)})
				return err
			},
		} {
			if err := n.Try("P-1", f); fault.Field(err) != field {
				t.Errorf("%s: %v", field, err)
			}
		}
	}, Module())
}
