package heed_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// byName returns what is here, thumbnails too, by name.
func (k *keeper) byName() map[string]evidence.Item {
	k.t.Helper()
	out := map[string]evidence.Item{}
	for _, how := range []string{"", "thumbnail"} {
		all, _, err := k.Evidence(k.t.Context(), k.who, heed.EvidenceFilter{Filter: evidence.Filter{Limit: 500, How: how}})
		k.must(err)
		for _, i := range all {
			out[i.Name] = i
		}
	}
	return out
}

// addAs takes in a file of some media type that was made from an item.
func (k *keeper) addAs(name, media, how, from string) string {
	k.t.Helper()
	in, err := k.BeginEvidence(k.t.Context(), k.who, heed.EvidenceInput{Authority: "order 2", Marking: "AMBER", Via: "derived"})
	k.must(err)
	out, err := k.TakeEvidence(k.t.Context(), k.who, in.ID, []evidence.Source{{Name: name, Type: media, From: from, How: how, Size: int64(len(name)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(name)), nil }}}, true, nil)
	k.must(err)
	return out.Items[0].ID
}

// TestKindsTravel hands over copies of all kinds, with their original and after it:
// each arrives as what it is, made from what it was made from.
func TestKindsTravel(t *testing.T) {
	dir := t.TempDir()
	a, b, c := newKeeper(t, dir, "a"), newKeeper(t, dir, "b"), newKeeper(t, dir, "c")
	twin := a.add("twin.txt", "", "", "the same bytes")
	o := a.add("first.txt", "", "", "the same bytes")
	heard := a.addAs("heard.txt", "text/plain", "transcript", o)
	small := a.addAs("small.jpg", "image/jpeg", "thumbnail", o)
	text := a.addAs("text.txt", "text/plain", "text", o)
	late := a.addAs("late.txt", "text/plain", "redaction", heard)
	lateSmall := a.addAs("late.jpg", "image/jpeg", "thumbnail", o)
	alone := a.add("alone.txt", "", "", "it stays here")
	of := a.addAs("of.txt", "text/plain", "translation", alone)
	hidden := a.addAs("hidden.jpg", "image/jpeg", "thumbnail", alone)
	p := permission("CON-1", nil)
	for _, id := range []string{twin, o, alone} {
		a.permit(id, p)
	}
	a.pass("ab1", b, "", small, heard, twin, o)
	a.pass("ab2", b, "", late, lateSmall, text, of, hidden)
	check := func(k *keeper) {
		t.Helper()
		all := k.byName()
		for name, want := range map[string][2]string{"first.txt": {"", ""}, "twin.txt": {"", ""}, "heard.txt": {"transcript", "first.txt"}, "small.jpg": {"thumbnail", "first.txt"}, "late.txt": {"redaction", "heard.txt"},
			"late.jpg": {"thumbnail", "first.txt"}, "text.txt": {"text", "first.txt"}} {
			if i := all[name]; i.ID == "" || i.How != want[0] || i.From != all[want[1]].ID {
				t.Errorf("%s is %q of %q: %+v", name, i.How, i.From, i)
			}
		}
	}
	check(b)
	if all := b.byName(); len(all) != 9 || all["of.txt"].How != "translation" || all["of.txt"].From != "" || all["hidden.jpg"].How != "" || all["hidden.jpg"].From != "" {
		t.Errorf("without their original: %+v, %+v of %d", all["of.txt"], all["hidden.jpg"], len(all))
	}
	here := b.byName()
	on := func(file string, names ...string) {
		t.Helper()
		var ids []string
		for _, n := range names {
			ids = append(ids, here[n].ID)
		}
		b.pass(file, c, "", ids...)
	}
	on("bc1", "twin.txt", "first.txt", "heard.txt", "small.jpg")
	on("bc2", "late.jpg", "text.txt", "late.txt")
	check(c)
	b.must(b.Erase(t.Context(), b.second(), here["heard.txt"].ID, "order 9"))
	a.pass("ab3", b, "", a.addAs("later.txt", "text/plain", "translation", heard))
	if i := b.byName()["later.txt"]; i.How != "translation" || i.From != "" {
		t.Errorf("made from what was erased here: %+v", i)
	}
}

// TestFarFromOriginal makes copies of copies up to the bound, and hands them over in
// two parts.
func TestFarFromOriginal(t *testing.T) {
	dir := t.TempDir()
	a, b := newKeeper(t, dir, "a"), newKeeper(t, dir, "b")
	ids := []string{a.add("copy 00", "", "", "first")}
	a.permit(ids[0], permission("CON-1", nil))
	for n := range evidence.MostDerived {
		ids = append(ids, a.addAs(fmt.Sprintf("copy %02d", n+1), "text/plain", "transcode", ids[n]))
	}
	in, err := a.BeginEvidence(t.Context(), a.who, heed.EvidenceInput{Authority: "order 2", Marking: "AMBER", Via: "derived"})
	a.must(err)
	_, err = a.TakeEvidence(t.Context(), a.who, in.ID, []evidence.Source{{Name: "too far", From: ids[16], How: "transcode", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }}}, true, nil)
	if fault.KindOf(err) != fault.KindInvalid || !strings.Contains(err.Error(), "16 copies away") {
		t.Errorf("a copy too far: %v", err)
	}
	a.pass("ab1", b, "", ids[:9]...)
	a.pass("ab2", b, "", ids[9:]...)
	here := b.byName()
	for n := range 17 {
		i := here[fmt.Sprintf("copy %02d", n)]
		if n > 0 && i.From != here[fmt.Sprintf("copy %02d", n-1)].ID || i.ID == "" {
			t.Errorf("copy %d: %+v", n, i)
		}
		x, err := b.Item(t.Context(), b.who, i.ID)
		if b.must(err); len(x.Permissions) != 1 {
			t.Errorf("copy %d is under %d permissions", n, len(x.Permissions))
		}
	}
}
