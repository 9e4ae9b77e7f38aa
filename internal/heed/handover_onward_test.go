package heed_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/custody/bundle"
	facts "github.com/heed-project/heed/internal/bundle"
	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// permission is one that permits all, but for what change takes away.
func permission(id string, change func(*consent.Permission)) consent.Permission {
	p := consent.Permission{ID: id, Given: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), For: []consent.Purpose{consent.Any}, To: []string{consent.Any}, In: []string{consent.Any}, Onward: consent.OnwardAny}
	if change != nil {
		change(&p)
	}
	return p
}

// add takes in one small file, as a copy of another if how says so.
func (k *keeper) add(name, how, from, text string) string {
	k.t.Helper()
	via := "command"
	if from != "" {
		via = "derived"
	}
	in, err := k.BeginEvidence(k.t.Context(), k.who, heed.EvidenceInput{Authority: "order 2", Marking: "AMBER", Via: via, Links: []evidence.Link{{Kind: "mandate", To: "M-1"}}})
	k.must(err)
	out, err := k.TakeEvidence(k.t.Context(), k.who, in.ID, []evidence.Source{{Name: name, Type: "text/plain", From: from, How: how, Size: int64(len(text)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}, true, nil)
	k.must(err)
	return out.Items[0].ID
}

// permit puts a permission on an item.
func (k *keeper) permit(id string, p consent.Permission) {
	k.t.Helper()
	k.must(k.PermitEvidence(k.t.Context(), k.who, []string{id}, p))
}

// hand offers items to another node in a file; to nobody, it makes a copy.
func (k *keeper) hand(name string, to *keeper, items ...string) (string, error) {
	k.t.Helper()
	in := heed.HandoverInput{Party: consent.Party{Name: "Node"}, For: consent.Keep, In: "CHE", Items: items, Copy: to == nil}
	if to != nil {
		in.To = to.card()
	}
	file := filepath.Join(k.dir, name+".tar")
	f, err := os.Create(file)
	k.must(err)
	_, err = k.OfferHandover(k.t.Context(), k.who, in, f)
	k.must(f.Close())
	return file, err
}

// TestCopyTellsNoMore makes a copy for a court of what came with descriptions and
// codings from another office: what the item was taken in with is open in it, and
// nothing that was sealed for this office.
func TestCopyTellsNoMore(t *testing.T) {
	dir := t.TempDir()
	a, b := newKeeper(t, dir, "a"), newKeeper(t, dir, "b")
	a.mandate("MLD", route("Node B", b.card()))
	a.take(3, "M-1")
	second, err := a.AddPerson(t.Context(), a.who, heed.PersonInput{Name: "Bo Berg", Agency: "a"})
	a.must(err)
	a.must(heed.Tell(t.Context(), a.Heed, a.who.Person, second, "E-1.2", "E-1.3", facts.Fact{Name: "title", Value: "The road at dawn"}))
	_, file := a.close("MLD")
	b.receive(file, "M-1", nil)
	file, err = b.hand("copy", nil, "E-1.2")
	b.must(err)
	whole, err := os.ReadFile(file)
	b.must(err)
	for _, word := range []string{"The road at dawn", "Amina", "Lake road", "s000003.txt"} {
		if strings.Contains(string(whole), word) {
			t.Errorf("%q lies open in the copy", word)
		}
	}
	r, err := bundle.VerifyFile(os.DirFS(dir), "copy.tar", bundle.Options{})
	b.must(err)
	open := 0
	for _, l := range r.Logs {
		for _, e := range l.Entries {
			if e.Sealed != nil && strings.Contains(string(e.Sealed.Bytes), "s000002.txt") {
				open++
			}
		}
	}
	if open != 2 {
		t.Errorf("what the item was taken in with is open in %d logs, not in 2", open)
	}
}

// TestWordsOfWhatStays hands an original on without the copies that came with it:
// what is said of the copies stays as well.
func TestWordsOfWhatStays(t *testing.T) {
	dir := t.TempDir()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	o := a.add("first.txt", "", "", "abc")
	heard := a.add("heard.txt", "transcript", o, "abc heard")
	a.permit(o, permission("CON-1", nil))
	file, err := a.hand("ab", b, o, heard)
	a.must(err)
	b.receive(file, "", nil)
	file, err = b.hand("bc", c, "E-1.1")
	b.must(err)
	c.receive(file, "", nil)
	said, err := heed.DisclosedOf(t.Context(), c.Heed, "H-1")
	c.must(err)
	if !strings.Contains(said, "first.txt") || strings.Contains(said, "heard.txt") {
		t.Errorf("disclosed to the third: %s", said)
	}
}

// TestNotOnward hands items over that the receiver may keep and not pass on: he
// hands none on, exports none to others, and answers no request with them, nor
// with a copy that he made; what may be passed on goes.
func TestNotOnward(t *testing.T) {
	dir := t.TempDir()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	for _, p := range []consent.Permission{permission("CON-1", func(p *consent.Permission) { p.Onward = consent.NotOnward }), permission("CON-2", nil)} {
		a.permit(a.add("a.txt", "", "", "abc "+p.ID), p)
	}
	file, err := a.hand("ab", b, "E-1.1", "E-2.1")
	a.must(err) // what was taken in here goes straight to who gets it
	b.receive(file, "", nil)
	copied := b.add("heard.txt", "transcript", "E-1.1", "abc heard")
	id, err := b.OpenCase(t.Context(), b.who, heed.CaseInput{Words: cases.Words{Name: "The case", Authority: "A court"}, In: "NLD"})
	b.must(err)
	export := func(by consent.Party, use consent.Purpose, item string) error {
		who := b.who
		who.Use = consent.Use{For: use, By: by, In: "NLD", Death: consent.DeathExcluded}
		_, err := b.ExportZip(t.Context(), who, heed.ExportInput{Items: []string{item}}, io.Discard)
		return err
	}
	answer := func(item string) error {
		b.must(b.LinkEvidence(t.Context(), b.who, []string{item}, evidence.Link{Kind: "case", To: id}))
		r, err := b.ReceiveRequest(t.Context(), b.who, id, heed.RequestInput{Asked: cases.Asked{From: "A prosecutor", Office: "A court", In: "NLD", For: consent.Trial, Text: "all"}, Due: b.Now().AddDate(0, 0, 9)})
		b.must(err)
		_, err = b.AnswerRequest(t.Context(), b.who, r, heed.AnswerInput{Items: []string{item}, Text: "here"})
		return err
	}
	paper := consent.Party{Name: "A newspaper"}
	for n, item := range []string{"E-1.1", copied, "E-1.2"} {
		_, handed := b.hand(fmt.Sprint("bc", n), c, item)
		for what, err := range map[string]error{"handed on": handed, "exported": export(paper, consent.Publication, item), "exported to be read": export(paper, consent.Analysis, item), "sent as an answer": answer(item)} {
			switch {
			case item == "E-1.2" && err != nil:
				t.Errorf("%s may be %s: %v", item, what, err)
			case item != "E-1.2" && (fault.KindOf(err) != fault.KindDenied || !strings.Contains(err.Error(), "may not pass it on")):
				t.Errorf("%s was %s: %v", item, what, err)
			}
		}
		if err := export(consent.Party{}, consent.Analysis, item); err != nil {
			t.Errorf("%s is not read in house: %v", item, err)
		}
	}
}

// TestLineAfterAChange sends on the line what was offered before somebody changed
// what is permitted: of two permissions of one name that say different things, a
// condition that is new, and one that ends earlier now.
func TestLineAfterAChange(t *testing.T) {
	o := newOnline(t, "")
	o.meet()
	o.a.mandate("MLD", route("Node B", o.b.card()))
	o.a.take(5, "M-1")
	p, q := permission("CON-9", nil), permission("CON-9", nil)
	q.Withdrawals = []consent.Withdrawal{{At: o.a.Now(), For: []consent.Purpose{consent.Publication}}}
	o.a.permit("E-1.1", q)
	o.a.permit("E-1.2", p)
	o.a.permit("E-1.4", p)
	o.a.permit("E-1.5", p)
	made := o.offer()
	p.Withdrawals = []consent.Withdrawal{{At: o.a.Now()}}
	o.a.permit("E-1.2", p)
	o.a.permit("E-1.3", permission("CON-NEW", func(p *consent.Permission) { p.NotTo = []string{"Node"} }))
	o.a.permit("E-1.4", permission("CON-9", func(p *consent.Permission) { p.Until = o.a.Now() }))
	_, wrong := o.carry()
	x, err := o.b.Arrival(t.Context(), o.b.who, made.Offer)
	o.b.must(err)
	if x.Left != 3 || !strings.Contains(wrong, "what was permitted was changed or withdrawn since it was offered") {
		t.Errorf("%d objects did not come: %s", x.Left, wrong)
	}
}

// TestRefusedInAnyLanguage refuses items for reasons in which there are signs that
// nobody sees.
func TestRefusedInAnyLanguage(t *testing.T) {
	dir := t.TempDir()
	a, b := newKeeper(t, dir, "a"), newKeeper(t, dir, "b")
	a.mandate("MLD", route("Node B", b.card()))
	a.take(4, "M-1")
	_, file := a.close("MLD")
	out := b.receive(file, "", map[int]string{1: "refusé\u00a0: déjà ici", 2: "\u200fموجود لدينا", 3: "نمی\u200cخواهیم"})
	if out.Taken != 1 || out.Why["1"] != "refusé : déjà ici" || out.Why["2"] != " موجود لدينا" || out.Why["3"] != "نمی خواهیم" {
		t.Errorf("%+v", out)
	}
	_, err := a.AcceptReceipt(t.Context(), a.who, out.Receipt)
	a.must(err)
}

// TestConditionsInAnExport reads in the description of an export what is refused.
func TestConditionsInAnExport(t *testing.T) {
	p := permission("CON-1", func(p *consent.Permission) {
		p.NotTo, p.NotIn, p.Onward = []string{"State X"}, []string{"XAB"}, consent.NotOnward
	})
	d := heed.DescribeEvidence([]heed.ItemView{{Permissions: []consent.Permission{p}}}, "x", "x", "x", p.Given)
	for _, want := range []string{"not to State X", "not in XAB", "not to be passed on"} {
		if !strings.Contains(d.Objects[0].Conditions, want) {
			t.Errorf("%q is not in %q", want, d.Objects[0].Conditions)
		}
	}
}

// TestCopyOfACopy hands over an original, a copy and a copy of the copy: each is
// derived there from what it was derived from here.
func TestCopyOfACopy(t *testing.T) {
	dir := t.TempDir()
	a, b := newKeeper(t, dir, "a"), newKeeper(t, dir, "b")
	o := a.add("first.txt", "", "", "abc")
	heard := a.add("heard.txt", "transcript", o, "abc heard")
	said := a.add("said.txt", "translation", heard, "abc traduit")
	a.permit(o, permission("CON-1", nil))
	file, err := a.hand("ab", b, said, heard, o)
	a.must(err)
	b.receive(file, "", nil)
	here, _, err := b.Evidence(t.Context(), b.who, heed.EvidenceFilter{})
	b.must(err)
	all := map[string]evidence.Item{}
	for _, i := range here {
		all[i.Name] = i
	}
	if all["heard.txt"].From != all["first.txt"].ID || all["said.txt"].From != all["heard.txt"].ID || all["first.txt"].From != "" || len(all) != 3 {
		t.Errorf("%+v", all)
	}
}
