package bundle_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
)

// token is what the authority of these tests gives, who signs nothing.
func token(about []byte) []byte { return fmt.Appendf(nil, "seen %x", sha256.Sum256(about)) }

func checkToken(tok, about []byte) (string, error) {
	if !bytes.Equal(tok, token(about)) {
		return "", errors.New("it is about other bytes")
	}
	return "seen at noon", nil
}

func checking() bundle.Options {
	return bundle.Options{Time: map[string]func(token, about []byte) (string, error){bundle.RFC3161: checkToken}}
}

// newTimed is a copy of two items of A, whose intake of three was stamped, and the stamp
// renewed.
func newTimed(t testing.TB) (*world, bundle.Bundle) {
	w := newWorld(t)
	var items []handover.Item
	var list []byte
	for n := range 3 {
		item := w.item(n+1, fmt.Sprintf("E-7.%d", n+1), fmt.Sprintf("a film of %d minutes", n))
		sum := sha256.Sum256([]byte("sixteen bytes of" + item.SHA256))
		w.a.append("evidence.taken", map[string]any{"id": item.ID, "sha256": item.SHA256}, sum[:], item.ID)
		list = fmt.Appendf(list, "%x  %s\n", sum, item.ID)
		items = append(items, item)
	}
	items = w.a.offers(items[:2]...)
	c := bundle.Contents{Items: items, Consents: w.consent[:1], Logs: []bundle.Log{w.a.logOf(len(w.a.leaves), "E-7.1", "E-7.2")}, Times: []bundle.Time{{
		Node: w.a.name, Intake: "IN-7", List: list, Stamps: []bundle.Stamp{
			{Kind: bundle.RFC3161, Authority: "https://one.example", Token: token(list)},
			{Kind: bundle.OpenTimestamps, Authority: "https://calendar.example", Token: []byte("a promise")},
			{Kind: bundle.RFC3161, Authority: "https://two.example", Renews: 1, Token: token(token(list))},
		}}}}
	return w, bundle.Bundle{Contents: c, Made: noon.Add(2 * time.Hour), By: "P-1", Signer: w.a.entries, Payload: w.payload}
}

// timely is what a sender with every key of their own does to time proofs.
func timely(t testing.TB) (out []mutation) {
	try := func(name, want string, change func(c *bundle.Contents, x *bundle.Time)) {
		w, b := newTimed(t)
		change(&b.Contents, &b.Times[0])
		p := parts{w: w, b: b}
		out = append(out, mutation{name: "time: " + name, want: want, data: p.sealedBy(w.a), opts: checking()})
	}
	digit := func(b []byte) []byte {
		b = bytes.Clone(b)
		if b[0]++; b[0] == ':' || b[0] == 'g' {
			b[0] = '0'
		}
		return b
	}
	again := func(x *bundle.Time) { x.Stamps[0].Token, x.Stamps[2].Token = token(x.List), token(token(x.List)) }
	try("another list", `stamp 1 of https://one\.example: it is about other bytes`, func(_ *bundle.Contents, x *bundle.Time) {
		x.List = append(x.List, bytes.Replace(x.List[:72], []byte("E-7.1"), []byte("E-7.9"), 1)...)
	})
	try("another list, stamped anew", `time proof 1: its list has another digest of E-7\.1 than the log of a\.example\.org/log`, func(_ *bundle.Contents, x *bundle.Time) {
		x.List = digit(x.List)
		again(x)
	})
	try("without the lines of the items", `time proof 1: it is about no item of the bundle`, func(_ *bundle.Contents, x *bundle.Time) {
		x.List = x.List[2*72:]
		again(x)
	})
	try("a line twice", `time proof 1: list: E-7\.1 stands twice`, func(_ *bundle.Contents, x *bundle.Time) { x.List = append(x.List, x.List[:72]...) })
	try("a list in capitals", `time proof 1: list: line 1 is not a digest`, func(_ *bundle.Contents, x *bundle.Time) {
		x.List = slices.Concat(bytes.ToUpper(x.List[:64]), x.List[64:])
	})
	try("a list without digests", `time proof 1: list: line 1 is not a digest`, func(_ *bundle.Contents, x *bundle.Time) { x.List = []byte("E-7.1\n") })
	try("a list that ends within a line", `time proof 1: list: `, func(_ *bundle.Contents, x *bundle.Time) { x.List = x.List[:len(x.List)-1] })
	try("no list", `time proof 1: it is about no item`, func(_ *bundle.Contents, x *bundle.Time) { x.List = nil })
	try("of another custodian", `time proof 1: the log of "z\.example\.org/log" is not in the bundle`, func(_ *bundle.Contents, x *bundle.Time) { x.Node = "z.example.org/log" })
	try("of no intake", `time proof 1: it names no intake`, func(_ *bundle.Contents, x *bundle.Time) { x.Intake = "" })
	try("twice", `time proof 2: IN-7 of a\.example\.org/log is there twice`, func(c *bundle.Contents, x *bundle.Time) { c.Times = append(c.Times, *x) })
	try("without stamps", `time proof 1: it holds 0 stamps`, func(_ *bundle.Contents, x *bundle.Time) { x.Stamps = nil })
	try("a stamp twice", `time proof 1: stamp 4 is stamp 1 once more`, func(_ *bundle.Contents, x *bundle.Time) { x.Stamps = append(x.Stamps, x.Stamps[0]) })
	try("a stamp of another list", `stamp 1 of https://one\.example: it is about other bytes`, func(_ *bundle.Contents, x *bundle.Time) { x.Stamps[0].Token = token([]byte("x")) })
	try("a renewal of the list", `stamp 3 of https://two\.example: it is about other bytes`, func(_ *bundle.Contents, x *bundle.Time) { x.Stamps[2].Renews = 0 })
	try("a renewal of another stamp", `stamp 3 of https://two\.example: it is about other bytes`, func(_ *bundle.Contents, x *bundle.Time) { x.Stamps[2].Renews = 2 })
	try("a renewal of itself", `time proof 1: stamp 3 renews stamp 3, which is not before it`, func(_ *bundle.Contents, x *bundle.Time) { x.Stamps[2].Renews = 3 })
	try("a renewal of nothing", `time proof 1: stamp 3 renews stamp -1`, func(_ *bundle.Contents, x *bundle.Time) { x.Stamps[2].Renews = -1 })
	try("a token of another", `stamp 1 of https://one\.example: it is about other bytes`, func(_ *bundle.Contents, x *bundle.Time) {
		x.Stamps[0].Token, x.Stamps[2].Token = x.Stamps[2].Token, x.Stamps[0].Token
	})
	try("an unknown kind", `time proof 1: stamp 1 is of a kind that is not known here: "notary"`, func(_ *bundle.Contents, x *bundle.Time) { x.Stamps[0].Kind = "notary" })
	try("no token", `time proof 1: stamp 2 has no token`, func(_ *bundle.Contents, x *bundle.Time) { x.Stamps[1].Token = nil })
	return out
}

// sealedBy is the bundle, whatever is in it, with the seal of a node.
func (x *parts) sealedBy(n *node) []byte {
	var packed bytes.Buffer
	if err := bundle.Pack(&packed, x.b.Contents); err != nil {
		x.w.t.Fatal(err)
	}
	fs := list(x.w.t, packed.Bytes())
	for _, i := range x.b.Items {
		fs = append(fs, tarFile{name: bundle.PayloadName(i), data: x.w.data[i.SHA256]})
	}
	fs = append(fs, tarFile{name: "files.jsonl"}, tarFile{name: "seal"})
	return repack(x.w.t, relist(x.w.t, fs, n.entries, x.b.Made, n.name))
}

// TestTimeProofs verifies what was stamped, with and without somebody who checks
// stamps, and nothing that was tampered with.
func TestTimeProofs(t *testing.T) {
	_, b := newTimed(t)
	whole := write(t, b)
	r, err := verify(whole, checking())
	if err != nil || r.Stamped != 2 || len(r.Stated) != 2 || !strings.Contains(r.String(), "time        IN-7 of a.example.org/log: seen at noon\n") {
		t.Fatalf("a false alarm: %v, %+v", err, r.Stated)
	}
	if r, err := verify(whole, bundle.Options{}); err != nil || !strings.Contains(r.String(), "stamps about 2 items are there, for openssl ts -verify") {
		t.Fatalf("a false alarm: %v, %s", err, r)
	}
	var packed bytes.Buffer
	if err := bundle.Pack(&packed, b.Contents); err != nil {
		t.Fatal(err)
	}
	c, err := bundle.Unpack(&packed)
	if err != nil || len(c.Times) != 1 || len(c.Times[0].Stamps) != 3 || !bytes.Equal(c.Times[0].About(2), b.Times[0].Stamps[0].Token) {
		t.Errorf("%+v, %v", c.Times, err)
	}
	lines, err := c.Times[0].Lines()
	if err != nil || len(lines) != 3 || hex.EncodeToString(lines["E-7.3"]) != string(c.Times[0].List[2*72:2*72+64]) {
		t.Errorf("%x, %v", lines, err)
	}
	for _, m := range timely(t) {
		_, err := verify(m.data, m.opts)
		if err == nil || !regexp.MustCompile(m.want).MatchString(err.Error()) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: must be told %q, got: %v", m.name, m.want, err)
		}
	}
}
