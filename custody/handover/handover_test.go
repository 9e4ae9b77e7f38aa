package handover_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/handover"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// seed is an endless source of the same bytes, so that keys never change.
type seed byte

func (s seed) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

func key(t testing.TB, s seed, name string) (note.Signer, string) {
	skey, vkey, err := note.GenerateKey(s, name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return signer, vkey
}

func items(n int) (out []handover.Item) {
	for i := range n {
		sum := fmt.Sprintf("%064x", i+1)
		out = append(out, handover.Item{N: i + 1, ID: fmt.Sprintf("E-%d", i+1), SHA256: sum, Bytes: 10, Payload: handover.Plain, Consents: []string{},
			Custody: []handover.Segment{{Node: "a.example.org/log", ID: fmt.Sprintf("E-%d", i+1), Events: 1, Head: sum}}})
	}
	return out
}

// pair is an offer of three items from a to b, and who signs.
func pair(t testing.TB) (o handover.Offer, a, b note.Signer) {
	a, aKey := key(t, 1, "a.example.org/log/entries")
	b, bKey := key(t, 2, "b.example.org/log/entries")
	hashes, err := handover.Hashes(items(3))
	if err != nil {
		t.Fatal(err)
	}
	return handover.Offer{ID: "H-1", From: "a.example.org/log", FromKey: aKey, To: "b.example.org/log", ToKey: bKey, Made: noon, Items: 3, Bytes: 30,
		Root: ledger.RootOf(hashes).String(), Terms: handover.Sum(nil), Size: 9}, a, b
}

func answer(o handover.Offer, signed []byte) handover.Answer {
	return handover.Answer{ID: "H-5", Offer: handover.Digest(signed), From: o.To, Key: o.ToKey, Made: noon.Add(time.Hour), Outcome: handover.Accepted, Taken: 3, Bytes: 30, Refusals: handover.Sum(nil)}
}

// TestOutcomes signs every answer there can be.
func TestOutcomes(t *testing.T) {
	o, a, b := pair(t)
	signed, err := o.Sign(a)
	if err != nil {
		t.Fatal(err)
	}
	for refused, outcome := range []string{handover.Accepted, handover.Partly, handover.Partly, handover.Refused} {
		var lines []byte
		for n := range refused {
			line, err := handover.Refusal{N: n + 1, SHA256: items(3)[n].SHA256, Why: "damaged"}.Line()
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, line...)
		}
		x := answer(o, signed)
		x.Outcome, x.Refused, x.Taken, x.Bytes, x.Refusals, x.Reason = outcome, refused, 3-refused, int64(10*(3-refused)), handover.Sum(lines), "some were damaged"
		receipt, err := x.Sign(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := handover.ParseAnswer(receipt, signed)
		if err != nil || got != x {
			t.Fatalf("%s: %+v, %v", outcome, got, err)
		}
		if all, err := got.Fits(items(3), lines); err != nil || len(all) != refused {
			t.Errorf("%s: %v, %v", outcome, all, err)
		}
		if refused > 0 {
			if _, err := got.Fits(items(3), lines[:len(lines)-1]); err == nil {
				t.Errorf("%s: the refusals were cut, and fit", outcome)
			}
			other := items(3)
			other[0].SHA256 = other[1].SHA256
			if _, err := got.Fits(other, lines); err == nil {
				t.Errorf("%s: the refusals fit other items", outcome)
			}
		}
	}
}

// TestKindOfCopy reads a kind where it is said of what.
func TestKindOfCopy(t *testing.T) {
	i := items(1)[0]
	for _, c := range []struct {
		from, how string
		ok        bool
	}{{"", "", true}, {i.SHA256, "", true}, {i.SHA256, "working-copy", true}, {"", "transcript", false}, {i.SHA256, "Transcript", false}, {i.SHA256, "-", false},
		{i.SHA256, strings.Repeat("a", 40), true}, {i.SHA256, strings.Repeat("a", 41), false}} {
		i.From, i.How = c.from, c.how
		line, err := i.Line()
		if (err == nil) != c.ok {
			t.Errorf("%q of %q: %v", c.how, c.from, err)
		}
		if err != nil {
			continue
		}
		if all, err := handover.ParseItems(line); err != nil || len(all) != 1 || all[0].How != c.how {
			t.Errorf("%q is read as %+v, %v", line, all, err)
		}
	}
}

// TestRefusesToSign gives both sides what they must not put their name to.
func TestRefusesToSign(t *testing.T) {
	o, a, b := pair(t)
	for want, change := range map[string]func(o *handover.Offer){
		"the sender is the receiver":   func(o *handover.Offer) { o.To, o.ToKey = o.From, o.FromKey },
		"is not the entry key of":      func(o *handover.Offer) { o.To = "c.example.org/log" },
		"to_key: ":                     func(o *handover.Offer) { o.ToKey = "none" },
		"terms: ":                      func(o *handover.Offer) { o.Terms = "none" },
		"root: ":                       func(o *handover.Offer) { o.Root = "none" },
		`id: "" is not an id`:          func(o *handover.Offer) { o.ID = "" },
		"made: ":                       func(o *handover.Offer) { o.Made = time.Time{} },
		"a number in it":               func(o *handover.Offer) { o.Items = 0 },
		"mandate: ":                    func(o *handover.Offer) { o.Mandate = "\x00" },
		"is not signed by a.example.o": func(o *handover.Offer) { _, o.FromKey = key(t, 9, "a.example.org/log/entries") },
	} {
		bad := o
		change(&bad)
		if _, err := bad.Sign(a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	signed, err := o.Sign(a)
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(x *handover.Answer){
		`outcome: "accepted", with`:      func(x *handover.Answer) { x.Refused = 1 },
		"reason: a refusal gives":        func(x *handover.Answer) { x.Outcome, x.Taken, x.Refused = handover.Refused, 0, 3 },
		"reason: it cannot be printed":   func(x *handover.Answer) { x.Reason = "a\nb" },
		"is not 64 digits":               func(x *handover.Answer) { x.Offer = "ab" },
		"key: ":                          func(x *handover.Answer) { x.Key = o.FromKey },
		"a number in it":                 func(x *handover.Answer) { x.Bytes = -1 },
		"it answers another offer":       func(x *handover.Answer) { x.Offer = handover.Sum([]byte("other")) },
		"it is about 2 items, the offer": func(x *handover.Answer) { x.Taken = 2 },
		"made before the offer":          func(x *handover.Answer) { x.Made = noon.Add(-handover.Skew - time.Second) },
	} {
		bad := answer(o, signed)
		change(&bad)
		receipt, err := bad.Sign(b)
		if err == nil {
			_, err = handover.ParseAnswer(receipt, signed)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	receipt, err := answer(o, signed).Sign(a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := handover.ParseAnswer(receipt, signed); err == nil || !strings.Contains(err.Error(), "not signed by b.example.org/log/entries alone") {
		t.Errorf("signed by the sender: %v", err)
	}
}

// TestHolds gives an offer other items than those it was signed over.
func TestHolds(t *testing.T) {
	o, _, _ := pair(t)
	if err := o.Holds(items(3), nil, 0); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func() ([]handover.Item, []byte){
		"over 3 items, these are 2":       func() ([]handover.Item, []byte) { return items(2), nil },
		"not those that the offer":        func() ([]handover.Item, []byte) { x := items(3); x[1].Marking = "CLEAR"; return x, nil },
		"have 31 bytes":                   func() ([]handover.Item, []byte) { x := items(3); x[1].Bytes++; return x, nil },
		"item 3 stands in place 2":        func() ([]handover.Item, []byte) { x := items(3); x[1], x[2] = x[2], x[1]; return x, nil },
		"its last custodian is":           func() ([]handover.Item, []byte) { x := items(3); x[0].Custody[0].Node = "b"; return x, nil },
		"the permissions are not those t": func() ([]handover.Item, []byte) { return items(3), []byte("x") },
	} {
		x, terms := change()
		if err := o.Holds(x, terms, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// request is a part that a sends to b.
func request(o handover.Offer) handover.Request {
	return handover.Request{From: o.From, Key: o.FromKey, To: o.To, Method: "PUT", Path: "/handover/" + handover.Sum([]byte("offer")) + "/" + handover.Sum([]byte("object")),
		Offset: 7, At: noon, Bytes: 4, SHA256: handover.Sum([]byte("part"))}
}

// TestRequests signs what is asked, and holds it against what is not that.
func TestRequests(t *testing.T) {
	o, a, b := pair(t)
	r := request(o)
	signed, err := r.Sign(a)
	if err != nil {
		t.Fatal(err)
	}
	got, err := handover.ParseRequest(signed)
	if err != nil || got != r {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := got.Fits(o.To, "PUT", r.Path, []byte("part"), noon.Add(handover.Skew)); err != nil {
		t.Error(err)
	}
	for want, fits := range map[string]error{
		"it is to":                got.Fits("c.example.org/log", "PUT", r.Path, []byte("part"), noon),
		"for another address":     got.Fits(o.To, "POST", r.Path, []byte("part"), noon),
		"not those that were sig": got.Fits(o.To, "PUT", r.Path, []byte("past"), noon),
		"set the clocks":          got.Fits(o.To, "PUT", r.Path, []byte("part"), noon.Add(handover.Skew+time.Second)),
		"signed at 2":             got.Meant(o.To, "PUT", r.Path, noon.Add(-handover.Skew-time.Second)),
	} {
		if fits == nil || !strings.Contains(fits.Error(), want) {
			t.Errorf("want %q, got %v", want, fits)
		}
	}
	for want, change := range map[string]func(x *handover.Request){
		"to: ":           func(x *handover.Request) { x.To = x.From },
		"method: ":       func(x *handover.Request) { x.Method = "GET" },
		"path: ":         func(x *handover.Request) { x.Path += "/../x" },
		"a number in it": func(x *handover.Request) { x.Offset = -1 },
		"at: ":           func(x *handover.Request) { x.At = time.Time{} },
		"sha256: ":       func(x *handover.Request) { x.SHA256 = "ab" },
	} {
		bad := r
		change(&bad)
		if _, err := bad.Sign(a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if other, err := r.Sign(b); err == nil {
		if _, err := handover.ParseRequest(other); err == nil {
			t.Error("signed by another key, and read")
		}
	}
}

// FuzzParse reads anything as each of the forms: what is read is written again
// as it was.
func FuzzParse(f *testing.F) {
	o, a, b := pair(f)
	signed, err := o.Sign(a)
	if err != nil {
		f.Fatal(err)
	}
	receipt, err := answer(o, signed).Sign(b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add(receipt)
	ask, err := request(o).Sign(a)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ask)
	var lines []byte
	for _, i := range items(2) {
		line, err := i.Line()
		if err != nil {
			f.Fatal(err)
		}
		lines = append(lines, line...)
	}
	f.Add(lines)
	copied := items(1)[0]
	copied.From, copied.How = copied.SHA256, "transcript"
	line, err := copied.Line()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add([]byte(`{"n":1,"sha256":"` + strings.Repeat("ab", 32) + `","why":"damaged"}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		if _, err := handover.ParseRequest(data); err == nil && !bytes.Equal(data, ask) {
			t.Errorf("another request is read: %q", data)
		}
		if x, err := handover.ParseOffer(data); err == nil && (x.From != o.From || !bytes.Equal(data, signed)) {
			t.Errorf("another offer is read: %q", data)
		}
		if _, err := handover.ParseAnswer(data, signed); err == nil && !bytes.Equal(data, receipt) {
			t.Errorf("another receipt is read: %q", data)
		}
		if all, err := handover.ParseItems(data); err == nil {
			var again []byte
			for _, i := range all {
				line, err := i.Line()
				if err != nil {
					t.Fatal(err)
				}
				again = append(again, line...)
			}
			if !bytes.Equal(again, data) {
				t.Errorf("%q is written as %q", data, again)
			}
		}
		if all, err := handover.ParseRefusals(data); err == nil && len(all) > 0 && all[0].Why == "" {
			t.Errorf("a refusal without a reason: %q", data)
		}
	})
}

func Example() {
	var t testing.T
	offer, sender, receiver := pair(&t)
	signed, err := offer.Sign(sender)
	if err != nil {
		fmt.Println(err)
		return
	}
	receipt, err := answer(offer, signed).Sign(receiver)
	if err != nil {
		fmt.Println(err)
		return
	}
	read, err := handover.ParseAnswer(receipt, signed)
	fmt.Println(read.Outcome, read.Taken, "items by", read.From, err)
	start := custody.ChainStart([32]byte{})
	fmt.Println(start.Next([]byte("leaf")) != start)
	// Output:
	// accepted 3 items by b.example.org/log <nil>
	// true
}
