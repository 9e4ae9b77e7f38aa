package wording_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/heed-project/heed/votes/wording"
)

func Example() {
	ix := wording.NewIndex()
	ix.Add(wording.Read("The occupied Syrian Golan : resolution / adopted by the General Assembly", "", ""))
	ix.Add(wording.Read("Oceans and the law of the sea", "LAW OF THE SEA", ""))
	near := ix.Near(wording.Read("Oceans and the law of the sea: draft resolution", "", ""), 1)
	fmt.Printf("%s %.1f\n", ix.Text(near[0].At).Title, near[0].Similarity)
	// Output: Oceans and the law of the sea 1.0
}

// TestRead takes texts as the sources write them, of several decades.
func TestRead(t *testing.T) {
	for _, c := range []struct {
		title, subject, whole string
		want, part            string
		amendment, motion     bool
	}{
		{title: "The right to development : resolution / adopted by the General Assembly", want: "The right to development"},
		{title: "Situation of human rights in Myanmar: resolution / adopted by the General Assemby", want: "Situation of human rights in Myanmar"},
		{title: "Composition of the staff : revised draft resolution", want: "Composition of the staff"},
		{title: "The Acting President: I shall now put to the vote operative paragraph 18, on which a separate vote has been requested. A recorded vote has been requested. A", whole: "Nuclear disarmament : resolution / adopted by the General Assembly",
			want: "Nuclear disarmament", part: "operative 18"},
		{title: "The President: Separate votes have been requested on its fifth preambular paragraph. I shall now put to the vote the fifth preambular paragraph.", whole: "Missiles",
			want: "Missiles", part: "preambular fifth"},
		{title: "The Assembly will now take a decision on the draft resolution, entitled _Effects of the use of depleted uranium in armaments<d3>. A recorded vote", want: "Effects of the use of depleted uranium in armaments"},
		{title: "The President: I shall now put to the vote the motion of the representative of Kuwait that no action be taken on the amendment", motion: true, amendment: true,
			want: "The President: I shall now put to the vote the motion of the representative of Kuwait that no action be taken on the amendment"},
		{title: "TO ADOPT THE CUBAN AMENDMENT TO THE UK PROPOSAL", amendment: true, want: "TO ADOPT THE CUBAN AMENDMENT TO THE UK PROPOSAL"},
	} {
		got := wording.Read(c.title, c.subject, c.whole)
		if got.Title != c.want || got.Part != c.part || got.Amendment != c.amendment || got.Motion != c.motion {
			t.Errorf("%q: %q, part %q, amendment %v, motion %v", c.title, got.Title, got.Part, got.Amendment, got.Motion)
		}
	}
}

// TestNearIsTheCosine computes the similarity of every pair by hand.
func TestNearIsTheCosine(t *testing.T) {
	titles := []string{"Nuclear disarmament", "Nuclear disarmament and treaty compliance", "Law of the sea", "Towards a nuclear free world", "Law and treaty"}
	ix := wording.NewIndex()
	df := map[string]float64{}
	var texts []wording.Text
	for _, s := range titles {
		texts = append(texts, wording.Read(s, "", ""))
		ix.Add(texts[len(texts)-1])
		for _, w := range texts[len(texts)-1].Words {
			df[w]++
		}
	}
	weight := func(w string) float64 { return math.Log(float64(len(titles)+2)/(df[w]+1)) + 0.3 }
	for i, a := range texts {
		found := ix.Near(a, 10)
		if found[0].At != i || math.Abs(found[0].Similarity-1) > 1e-9 {
			t.Errorf("%q is closest to %v", titles[i], found[0])
		}
		for _, m := range found {
			b := texts[m.At]
			dot, na, nb := 0.0, 0.0, 0.0
			for _, w := range a.Words {
				na += weight(w) * weight(w)
				if slices.Contains(b.Words, w) {
					dot += weight(w) * weight(w)
				}
			}
			for _, w := range b.Words {
				nb += weight(w) * weight(w)
			}
			if want := dot / math.Sqrt(na*nb); math.Abs(want-m.Similarity) > 1e-9 {
				t.Errorf("%q and %q: %v, want %v", titles[i], titles[m.At], m.Similarity, want)
			}
			c := ix.Compare(a, b)
			if math.Abs(c.Similarity-m.Similarity) > 1e-9 || len(c.Shared)+len(c.OnlyFirst) != len(a.Words) || len(c.Shared)+len(c.OnlySecond) != len(b.Words) {
				t.Errorf("%q and %q compared: %+v", titles[i], titles[m.At], c)
			}
		}
	}
}

// FuzzRead reads any text: what comes out is bounded and comparable.
func FuzzRead(f *testing.F) {
	f.Add("The President: I shall now put to the vote operative paragraph 3 of _X<d3>.", "A--B", "Whole")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, title, subject, whole string) {
		text := wording.Read(title, subject, whole)
		if !slices.IsSorted(text.Words) {
			t.Errorf("words are not sorted: %q", text.Words)
		}
		ix := wording.NewIndex()
		ix.Add(text)
		for _, m := range ix.Near(text, 3) {
			if m.Similarity < 0.999 || m.Similarity > 1 {
				t.Errorf("a text is %v like itself", m.Similarity)
			}
		}
	})
}

// TestTheSameSimilarityEachTime, to the last digit: a limit stands on one side of it.
func TestTheSameSimilarityEachTime(t *testing.T) {
	a := wording.Read("Nuclear disarmament and treaty compliance, a world free of weapons, the law of the sea, of space and of outer regions", "", "")
	b := wording.Read("Treaty compliance, nuclear weapons, a free world, disarmament, and the law of outer space, of regions and of the sea", "", "")
	ix := wording.NewIndex()
	for _, s := range []string{"Law of the sea", "Nuclear weapons", "Treaty of peace", "A world free of fear", "Law of outer space", "Compliance", "Regions of the world"} {
		ix.Add(wording.Read(s, "", ""))
	}
	want := ix.Compare(a, b).Similarity
	for range 500 {
		if got := ix.Compare(a, b).Similarity; got != want {
			t.Fatalf("%v, then %v", want, got)
		}
	}
}
