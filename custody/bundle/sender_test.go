package bundle_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/custody/bundle"
	"github.com/heed-project/heed/custody/handover"
)

// sender is the holder of B's keys, who changes what they hand to C and seals
// it anew.
type sender struct {
	t   testing.TB
	w   *world
	b   bundle.Bundle
	fs  []tarFile
	out []mutation
}

// put replaces files and seals anew.
func (s *sender) put(name, want string, change map[string][]byte) {
	s.putAt(name, want, noon.Add(3*time.Hour), bundle.Options{}, change)
}

func (s *sender) putAt(name, want string, made time.Time, opts bundle.Options, change map[string][]byte) {
	s.t.Helper()
	fs := slices.Clone(s.fs)
	done := 0
	for i := range fs {
		if data, ok := change[fs[i].name]; ok {
			fs[i].data = data
			done++
		}
	}
	if done != len(change) {
		s.t.Fatalf("%s: %d of %d files are in the bundle", name, done, len(change))
	}
	fs = slices.DeleteFunc(fs, func(f tarFile) bool { return f.data == nil && change[f.name] == nil && hasKey(change, f.name) })
	s.out = append(s.out, mutation{name: "the sender: " + name, want: want, opts: opts, data: repack(s.t, relist(s.t, fs, s.w.b.entries, made, s.w.b.name))})
}

func hasKey(m map[string][]byte, k string) bool { _, ok := m[k]; return ok }

// items changes the lines of items, once under the old offer and once under a
// new one. C's answer was to the old.
func (s *sender) items(name, want string, change func(items []handover.Item)) {
	s.t.Helper()
	items := clone(s.b.Items)
	change(items)
	var lines []byte
	for _, i := range items {
		line, err := json.Marshal(i)
		if err != nil {
			s.t.Fatal(err)
		}
		lines = append(append(lines, line...), '\n')
	}
	s.put(name, want+`|the offer was signed over|item \d+: |items\.jsonl|bytes of item|item \d+ has|the permission`, map[string][]byte{"items.jsonl": lines})
	if !slices.ContainsFunc(items, func(i handover.Item) bool { return i.Check() != nil }) {
		offer := s.w.b.offer("H-2", s.w.c, items, s.b.Consents)
		s.put(name+", offered anew", want+`|receipt: it answers another offer`, map[string][]byte{"items.jsonl": lines, "offer": offer})
	}
}

func clone(items []handover.Item) []handover.Item {
	out := slices.Clone(items)
	for i := range out {
		out[i].Custody, out[i].Consents = slices.Clone(out[i].Custody), slices.Clone(out[i].Consents)
	}
	return out
}

// log puts another log in place of one.
func (s *sender) log(name, want string, k int, l bundle.Log) {
	s.t.Helper()
	var lines []byte
	for _, e := range l.Entries {
		line, err := json.Marshal(struct {
			Index int64  `json:"i"`
			Leaf  string `json:"leaf"`
			Open  string `json:"open,omitempty"`
			Salt  []byte `json:"open_salt,omitempty"`
		}{e.Index, string(e.Leaf), string(e.Open.Bytes), e.Open.Salt})
		if err != nil {
			s.t.Fatal(err)
		}
		lines = append(append(lines, line...), '\n')
	}
	proof := ""
	for _, h := range l.Proof {
		proof += h.String() + "\n"
	}
	dir := fmt.Sprintf("logs/%d/", k)
	s.put(name, want, map[string][]byte{dir + "key": []byte(l.Key + "\n"), dir + "checkpoint": l.Checkpoint, dir + "witnesses": []byte(strings.Join(l.Witnesses, "\n") + "\n"), dir + "entries.jsonl": lines, dir + "proof": []byte(proof)})
}

// bySender makes the mutations of a sender with all their own keys.
func bySender(t testing.TB) []mutation {
	w := newWorld(t)
	s := &sender{t: t, w: w, b: w.second()}
	s.fs = list(t, write(t, s.b))
	s.itemLines()
	s.histories()
	s.signatures()
	return s.out
}

// itemLines contradicts what is said of single items.
func (s *sender) itemLines() {
	other := strings.Repeat("ab", 32)
	for i := range s.b.Items {
		at := func(what string) string { return fmt.Sprintf("%s of item %d", what, i+1) }
		s.items(at("another SHA-256"), "", func(x []handover.Item) { x[i].SHA256 = other })
		s.items(at("a byte more"), "", func(x []handover.Item) { x[i].Bytes++ })
		s.items(at("another id"), "", func(x []handover.Item) { x[i].ID = "E-999"; x[i].Custody[len(x[i].Custody)-1].ID = "E-999" })
		s.items(at("no permission"), "bears on no item", func(x []handover.Item) { x[i].Consents = []string{} })
		s.items(at("an unknown permission"), "", func(x []handover.Item) { x[i].Consents = append(x[i].Consents, "CON-9") })
		s.items(at("a lower marking"), "", func(x []handover.Item) { x[i].Marking = "CLEAR" })
		s.items(at("another original"), "", func(x []handover.Item) { x[i].From = other })
		s.items(at("another kind of copy"), "", func(x []handover.Item) { x[i].How = "thumbnail" })
		s.items(at("bytes left out"), "not in its place", func(x []handover.Item) { x[i].Payload = handover.Without; x[i].Media = "x" })
		s.items(at("sealed in name"), "in their place", func(x []handover.Item) { x[i].Payload = handover.Sealed })
		s.items(at("another place"), "stands", func(x []handover.Item) { x[i].N += 7 })
		for k := range s.b.Items[i].Custody {
			seg := func(what string) string { return fmt.Sprintf("%s in custodian %d of item %d", what, k+1, i+1) }
			s.items(seg("an event less"), "", func(x []handover.Item) { x[i].Custody[k].Events-- })
			s.items(seg("an event more"), "", func(x []handover.Item) { x[i].Custody[k].Events++ })
			s.items(seg("another head"), "", func(x []handover.Item) { x[i].Custody[k].Head = other })
			s.items(seg("the head of its neighbour"), "", func(x []handover.Item) { x[i].Custody[k].Head = x[(i+1)%4].Custody[0].Head })
			s.items(seg("a custodian nobody knows"), "", func(x []handover.Item) { x[i].Custody[k].Node = "d.example.org/log" })
			s.items(seg("another id"), "", func(x []handover.Item) {
				x[i].Custody[k].ID = "E-5"
				x[i].ID = x[i].Custody[len(x[i].Custody)-1].ID
			})
		}
		if len(s.b.Items[i].Custody) > 1 {
			s.items(at("the first custodian left out"), "", func(x []handover.Item) { x[i].Custody = x[i].Custody[1:] })
			s.items(at("the last custodian left out"), "", func(x []handover.Item) { x[i].Custody = x[i].Custody[:1]; x[i].ID = x[i].Custody[0].ID })
			s.items(at("the custodians exchanged"), "", func(x []handover.Item) { slices.Reverse(x[i].Custody); x[i].ID = x[i].Custody[1].ID })
		}
		for j := range i {
			s.items(fmt.Sprintf("items %d and %d exchanged", j+1, i+1), "", func(x []handover.Item) { x[i], x[j] = x[j], x[i]; x[i].N, x[j].N = i+1, j+1 })
			s.items(fmt.Sprintf("bytes of items %d and %d exchanged", j+1, i+1), "", func(x []handover.Item) {
				x[i].SHA256, x[j].SHA256, x[i].Bytes, x[j].Bytes = x[j].SHA256, x[i].SHA256, x[j].Bytes, x[i].Bytes
			})
		}
	}
}

// histories contradicts what was logged.
func (s *sender) histories() {
	w := s.w
	ids := [][]string{{"E-101", "E-102", "E-104", "E-200"}, {"E-1", "E-2", "E-4"}}
	for k, n := range []*node{w.b, w.a} {
		whole := n.logOf(len(n.leaves), ids[k]...)
		for i, e := range whole.Entries {
			at := func(what string) string { return fmt.Sprintf("entry %d of log %d %s", e.Index, k, what) }
			short := whole
			short.Entries = slices.Delete(slices.Clone(whole.Entries), i, i+1)
			s.log(at("dropped"), fmt.Sprintf("log %d: ", k), k, short)
			forged := n.clone() // without the entry: the log is forked, and signed with its own keys
			if i > 0 {
				forged.leaves, forged.opens, forged.subjects = slices.Delete(forged.leaves, int(e.Index), int(e.Index)+1), slices.Delete(forged.opens, int(e.Index), int(e.Index)+1), slices.Delete(forged.subjects, int(e.Index), int(e.Index)+1)
				s.log(at("dropped from a forked log"), `item \d+: |offer: it was made when|log \d+: `, k, forged.logOf(len(forged.leaves), ids[k]...))
			}
			twice := whole
			twice.Entries = slices.Insert(slices.Clone(whole.Entries), i, e)
			s.log(at("twice"), "stands before|does not begin", k, twice)
			moved := whole
			moved.Entries = slices.Clone(whole.Entries)
			moved.Entries[i].Index++
			s.log(at("at another place"), `log \d+: |stands before`, k, moved)
			bad := whole
			bad.Entries = slices.Clone(whole.Entries)
			bad.Entries[i].Leaf = whole.Entries[(i+1)%len(whole.Entries)].Leaf
			s.log(at("exchanged for another"), `log \d+: `, k, bad)
			told := whole
			told.Entries = slices.Clone(whole.Entries)
			told.Entries[i].Open = &custody.Body{Salt: e.Open.Salt, Bytes: []byte(`{"sha256":"` + strings.Repeat("ab", 32) + `"}`)}
			s.log(at("told otherwise"), fmt.Sprintf(`log %d: entry %d`, k, e.Index), k, told)
		}
		more := n.logOf(len(n.leaves), append(ids[k], "S-1", "E-3", "E-5")...)
		if k == 1 {
			s.log("entries about other things in log 1", `about no item of the bundle`, k, more)
		}
		late := n.clone()
		late.add("evidence.opened", map[string]any{}, ids[k][0])
		s.log(fmt.Sprintf("an entry added to log %d after the offer", k), `item \d+: |offer`, k, late.logOf(len(late.leaves), ids[k]...))
		fork := n.clone()
		fork.leaves, fork.opens, fork.subjects = fork.leaves[:1], fork.opens[:1], fork.subjects[:1]
		for range len(n.leaves) {
			fork.add("evidence.opened", map[string]any{}, ids[k][0])
		}
		s.log(fmt.Sprintf("log %d forked from the beginning", k), `item \d+: |offer`, k, fork.logOf(len(fork.leaves), ids[k]...))
		stranger := newNode(s.t, 61, n.name)
		for _, id := range ids[k] {
			stranger.add("evidence.added", map[string]any{}, id)
		}
		s.log(fmt.Sprintf("log %d under a stranger's keys", k), `another key|item \d+: |offer`, k, stranger.logOf(len(stranger.leaves), ids[k]...))
		blind := n.logOf(len(n.leaves), ids[k]...)
		blind.Checkpoint = []byte(strings.Replace(string(blind.Checkpoint), "— w1", "— w2", 1))
		s.log(fmt.Sprintf("log %d without its witness", k), `witness`, k, blind)
		back := n.clone() // an entry that goes back in time
		back.now = noon.Add(-time.Hour)
		back.add("evidence.opened", map[string]any{}, ids[k][0])
		s.log(fmt.Sprintf("log %d with an entry back in time", k), `its time is before`, k, back.logOf(len(back.leaves), ids[k]...))
		other := n.clone()
		other.name = "d.example.org/log"
		other.add("evidence.opened", map[string]any{}, ids[k][0])
		other.name = n.name
		s.log(fmt.Sprintf("log %d with another node's entry", k), `it is of the node`, k, other.logOf(len(other.leaves), ids[k]...))
	}
}

// signatures contradicts what was signed, or by whom.
func (s *sender) signatures() {
	w := s.w
	first, err := handover.ParseOffer(w.offerA)
	if err != nil {
		s.t.Fatal(err)
	}
	own, err := handover.ParseOffer(s.b.Offer)
	if err != nil {
		s.t.Fatal(err)
	}
	sign := func(o handover.Offer, by *node, change func(o *handover.Offer)) []byte {
		change(&o)
		signed, err := o.Sign(by.entries)
		if err != nil {
			s.t.Fatal(err)
		}
		return signed
	}
	stranger := newNode(s.t, 61, w.a.name)
	receipt, _ := w.c.answer("H-1", s.b.Offer, s.b.Items)
	late, lateRefused := w.b.answer("H-7", w.offerA, w.itemsA, 4)
	for name, c := range map[string]struct {
		want string
		put  map[string][]byte
	}{
		"the receipt dropped, its refusals kept":   {`items\.jsonl is not in the bundle, or not in its place`, map[string][]byte{"receipt": nil}},
		"the refusals dropped":                     {`refused\.jsonl is not in the bundle|receipt: `, map[string][]byte{"refused.jsonl": nil}},
		"the earlier receipt dropped":              {`handovers/1/receipt is not in the bundle`, map[string][]byte{"handovers/1/receipt": nil}},
		"the earlier offer dropped":                {`handovers/1/offer is not in the bundle|stands there`, map[string][]byte{"handovers/1/offer": nil}},
		"the receipt of another hand-over":         {`receipt: it answers another offer`, map[string][]byte{"receipt": w.receipt}},
		"the earlier receipt is the later one":     {`hand-over 1: receipt: it answers another offer`, map[string][]byte{"handovers/1/receipt": s.b.Receipt}},
		"the receipt with the refusals of none":    {`receipt: the refusals are not those`, map[string][]byte{"refused.jsonl": {}}},
		"the receipt of all, the refusals of some": {`receipt: the refusals are not those`, map[string][]byte{"receipt": receipt}},
		"an earlier offer under a stranger's key":  {`hand-over 1: .*(another key|answers another offer)`, map[string][]byte{"handovers/1/offer": sign(first, stranger, func(o *handover.Offer) { o.FromKey = stranger.entKey })}},
		"an earlier offer signed again":            {`hand-over 1: receipt: it answers another offer`, map[string][]byte{"handovers/1/offer": sign(first, w.a, func(o *handover.Offer) { o.Mandate = "M-2" })}},
		"the item that went was refused":           {`hand-over 1: item 4 of it was refused`, map[string][]byte{"handovers/1/receipt": late, "handovers/1/refused.jsonl": lateRefused}},
		"the offer back-dated":                     {`receipt: it answers another offer`, map[string][]byte{"offer": sign(own, w.b, func(o *handover.Offer) { o.Made = o.Made.AddDate(-1, 0, 0) })}},
		"the offer to another":                     {`receipt: it answers another offer`, map[string][]byte{"offer": sign(own, w.b, func(o *handover.Offer) { o.To, o.ToKey = w.a.name, w.a.entKey })}},
		"the offer from a longer log":              {`offer: it was made when the log had|receipt`, map[string][]byte{"offer": sign(own, w.b, func(o *handover.Offer) { o.Size += 100 })}},
		"the offer of another sender":              {`offer: it is from`, map[string][]byte{"offer": w.offerA}},
	} {
		s.put(name, c.want, c.put)
	}
	s.putAt("sealed before it was answered", `seal: it was made before`, noon, bundle.Options{}, nil)
	s.pinned()
	s.early()
}

// pinned verifies what is in order under keys that the verifier knows.
func (s *sender) pinned() {
	opts := func(o custody.Options) bundle.Options { return bundle.Options{Options: o} }
	at := noon.Add(3 * time.Hour)
	custodian := func(keys ...string) bundle.Options { return bundle.Options{Custodians: keys} }
	stranger := newNode(s.t, 61, s.w.a.name)
	s.putAt("an earlier custodian under another key than the verifier knows", `log 1: key: it is of a log with the key`, at, custodian(stranger.logKey), nil)
	s.putAt("the sender under another key than the verifier knows", `log 0: key: it is of a log with the key`, at, custodian(s.w.a.logKey, newNode(s.t, 61, s.w.b.name).logKey), nil)
	s.putAt("without a custodian that the verifier knows", `the log of c\.example\.org/log, whose key you gave, is not in the bundle`, at, custodian(s.w.a.logKey, s.w.c.logKey), nil)
	s.putAt("two keys of one custodian", `two keys are given for the log of a\.example\.org/log`, at, custodian(s.w.a.logKey, stranger.logKey), nil)
	s.putAt("another log than the verifier knows", `log 0: key: it is of a log with the key`, at, opts(custody.Options{LogKey: s.w.a.logKey}), nil)
	s.putAt("a witness that the verifier names", `log 0: .*not cosigned by the witness`, at, opts(custody.Options{Witnesses: []string{s.w.a.logKey}}), nil)
}

// early is the answer of a receiver whose clock is behind by more than is
// allowed, and one signed with a key that was not offered to.
func (s *sender) early() {
	w := s.w
	o, err := handover.ParseOffer(s.b.Offer)
	if err != nil {
		s.t.Fatal(err)
	}
	answer := handover.Answer{ID: "H-1", Offer: handover.Digest(s.b.Offer), From: w.c.name, Key: w.c.entKey, Made: o.Made.Add(-time.Hour), Outcome: handover.Accepted, Taken: o.Items, Bytes: o.Bytes, Refusals: handover.Sum(nil)}
	signed, err := answer.Sign(w.c.entries)
	if err != nil {
		s.t.Fatal(err)
	}
	s.put("answered before it was offered", `receipt: it was made before the offer`, map[string][]byte{"receipt": signed, "refused.jsonl": {}})
	answer.From, answer.Key, answer.Made = w.b.name, w.b.entKey, o.Made
	if signed, err = answer.Sign(w.b.entries); err != nil {
		s.t.Fatal(err)
	}
	s.put("answered by the sender", `receipt: it is by .*, the offer was made to`, map[string][]byte{"receipt": signed, "refused.jsonl": {}})
}
