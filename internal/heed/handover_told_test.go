package heed_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/heed-project/heed/custody/bundle"
	facts "github.com/heed-project/heed/internal/bundle"
	"github.com/heed-project/heed/internal/heed"
)

// TestToldOn hands items on with what exports say of them and how they were coded:
// sealed for the receiver, who has it as what the other office says, and hands it
// on in turn.
func TestToldOn(t *testing.T) {
	dir := t.TempDir()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	a.mandate("MLD", route("Node B", b.card()))
	b.mandate("ARC", route("Node C", c.card()))
	a.take(3, "M-1")
	second, err := a.AddPerson(t.Context(), a.who, heed.PersonInput{Name: "Bo Berg", Agency: "a"})
	a.must(err)
	a.must(heed.Tell(t.Context(), a.Heed, a.who.Person, second, "E-1.2", "E-1.3", facts.Fact{Name: "title", Value: "The road at dawn"}))
	_, file := a.close("MLD")
	whole, err := os.ReadFile(file)
	a.must(err)
	for _, word := range []string{"The road at dawn", "Amina", "Lake road"} {
		if strings.Contains(string(whole), word) {
			t.Errorf("%q lies open in the bundle", word)
		}
	}
	if _, err := bundle.VerifyFile(os.DirFS(dir), strings.TrimPrefix(file, dir+"/"), bundle.Options{}); err != nil {
		t.Fatal(err)
	}
	said := func(k *keeper, id string) (by []string, all string) {
		t.Helper()
		x, err := k.Item(t.Context(), k.who, id)
		k.must(err)
		for _, d := range x.Described {
			by = append(by, fmt.Sprint(d.By, " ", d.Kind, " ", d.Line))
			all += fmt.Sprint(d.Facts)
		}
		return by, all
	}
	taken := b.receive(file, "M-1", nil)
	by, all := said(b, "E-1.2")
	if len(by) != 2 || by[0] != "E-1.3 table 7" || !strings.HasPrefix(by[1], " coding ") {
		t.Errorf("%q", by)
	}
	for _, want := range []string{"The road at dawn", "Amina K. · witness", "Lake road", "handed over by " + a.Origin()} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not among %s", want, all)
		}
	}
	if by, _ := said(b, "E-1.1"); len(by) != 0 {
		t.Errorf("of another item it is said: %q", by)
	}
	_, err = a.AcceptReceipt(t.Context(), a.who, taken.Receipt)
	a.must(err)
	_, file = b.close("ARC")
	c.receive(file, "", map[int]string{3: "the export is held here"})
	if by, all = said(c, "E-1.2"); len(by) != 2 || !strings.HasPrefix(by[0], " table ") || !strings.Contains(all, "The road at dawn") || !strings.Contains(all, "handed over by "+b.Origin()) {
		t.Errorf("%q %s", by, all)
	}
	for _, k := range []*keeper{a, b, c} {
		r, err := k.Rebuild(t.Context(), k.who, nil)
		if err != nil || !r.Identical {
			t.Errorf("rebuild: %+v, %v", r, err)
		}
	}
}
