package heed

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/ledger"
	"golang.org/x/mod/sumdb/note"
)

// Packed says what a pack holds.
type Packed struct {
	Entries    int   `json:"entries"`
	Checkpoint int64 `json:"checkpoint_size"`
	Sealed     int   `json:"sealed"` // entries with a part that stays sealed
}

// exported is the open part of the entry that records a pack.
type exported struct {
	About     string `json:"about"`
	Entries   int    `json:"entries"`
	Disclosed bool   `json:"disclosed,omitempty"`
}

type exportedFor struct {
	Purpose string `json:"purpose"`
}

// KnewPack writes the pack "who knew what, when, and what they did" about a
// warning, a situation or anything else with a history. Sealed parts stay
// sealed unless disclose is asked for, which needs the right to it and a stated
// purpose; what is protected stays sealed in any case, and so are the addresses of
// people that the reader cannot see on their pages. That the pack was made
// is an entry, and it is in the pack.
func (h *Heed) KnewPack(ctx context.Context, who Who, ref string, disclose bool, w io.Writer) (out Packed, err error) {
	var indexes []int64
	err = h.do(ctx, who, func(a *act) error {
		r, id, err := a.about(ref)
		if err != nil {
			return err
		}
		ref = id
		if err := a.need(access.PackExport, r); err != nil {
			return err
		}
		if disclose {
			if err := a.need(access.PackDisclose, r); err != nil {
				return err
			}
		}
		if indexes, err = a.knowing(ref); err != nil {
			return err
		}
		d := record.Draft{Kind: "pack.exported", Subjects: []string{ref, "node"}, Open: exported{ref, len(indexes) + 1, disclose}, Key: "node"}
		if ref == "node" {
			d.Subjects = d.Subjects[:1]
		}
		if who.Purpose != "" {
			d.Sealed = exportedFor{who.Purpose}
		}
		e, err := a.tx.Append(d)
		indexes = append(indexes, e.Index)
		return err
	})
	if err != nil {
		return out, err
	}
	if !slices.Contains(indexes, 0) {
		indexes = append([]int64{0}, indexes...)
	}
	return h.pack(ctx, who, ref, indexes, disclose, w)
}

// about is what a pack is about, as access sees it, by any reference.
func (l *look) about(ref string) (access.Resource, string, error) {
	if s, err := situation.Find(l.View, ref); err == nil {
		return l.situation(s), s.ID, nil
	}
	t, err := l.eyes().thingOf(ref)
	if err != nil || t.found {
		return t.resource, ref, err
	}
	all, err := l.HistoryIndexes(ref)
	if err != nil {
		return access.Resource{}, "", err
	}
	if len(all) == 0 {
		return access.Resource{}, "", fault.NotFound("nothing in the record is about %q", ref)
	}
	e, err := l.Entry(all[0])
	if err != nil {
		return access.Resource{}, "", err
	}
	r, err := l.entry(e)
	return r, ref, err
}

// knowing returns the entries that tell who knew what about ref, as far as the
// reader may know of them: those that [Heed.Knew] tells.
func (l *look) knowing(ref string) (out []int64, err error) {
	all, err := l.eyes().gather(ref)
	for _, e := range all {
		out = append(out, e.Index)
	}
	return out, err
}

// pack builds a pack of entries under the newest checkpoint that witnesses have
// cosigned, or the newest one if that does not reach far enough.
func (h *Heed) pack(ctx context.Context, who Who, ref string, indexes []int64, disclose bool, w io.Writer) (out Packed, err error) {
	p := custody.Pack{Subject: ref, By: who.Person, LogKey: h.LogKey(), Signer: h.rec.Keys().Entry()}
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(access.LogRead, l.node()); err != nil {
			return err
		}
		p.Made = l.now
		var err error
		if p.Checkpoint, p.Witnesses, err = l.checkpointOver(slices.Max(indexes)); err != nil {
			return err
		}
		for _, i := range indexes {
			e, err := l.packed(ctx, i, p.Checkpoint, disclose)
			if err != nil {
				return err
			}
			p.Entries = append(p.Entries, e)
		}
		p.Page, err = l.knewPage(ref, p, disclose)
		return err
	})
	if err != nil {
		return out, fmt.Errorf("pack about %s: %w", ref, err)
	}
	c, err := ledger.ReadCheckpoint(p.Checkpoint)
	if err != nil {
		return out, err
	}
	out = Packed{Entries: len(p.Entries), Checkpoint: c.Size}
	for _, e := range p.Entries {
		if h, err := record.ParseLeaf(e.Leaf); err == nil && h.HasSealed() && e.Sealed == nil {
			out.Sealed++
		}
	}
	return out, custody.WritePack(w, p)
}

// checkpointOver returns a checkpoint that covers an entry, and the keys of the
// witnesses that cosigned it.
func (l *look) checkpointOver(index int64) (signed []byte, keys []string, err error) {
	signed, err = l.View.Checkpoint()
	if err != nil {
		return nil, nil, err
	}
	if kept, size, err := l.View.Cosigned(); err == nil && size > index {
		signed = kept
	}
	all, err := witnesses(l.Tx)
	if err != nil {
		return nil, nil, err
	}
	own, err := note.NewVerifier(l.h.LogKey())
	if err != nil {
		return nil, nil, err
	}
	policy := ledger.Policy{Log: own}
	byKey := map[string]string{}
	for _, w := range all {
		v, err := ledger.NewVerifier(w.Key)
		if err != nil {
			return nil, nil, err
		}
		policy.Witnesses = append(policy.Witnesses, v)
		byKey[fmt.Sprint(v.Name(), v.KeyHash())] = w.Key
	}
	_, cosigned, err := policy.Open(signed)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range cosigned {
		keys = append(keys, byKey[fmt.Sprint(c.Name, c.KeyHash)])
	}
	return signed, keys, nil
}

func (l *look) packed(ctx context.Context, index int64, checkpoint []byte, disclose bool) (custody.Entry, error) {
	e, err := l.Entry(index)
	if err != nil {
		return custody.Entry{}, err
	}
	private, err := l.private(e)
	if err != nil {
		return custody.Entry{}, err
	}
	d, err := l.Disclose(index, disclose && !private && !l.h.rec.Protected(e.Kind))
	if err != nil {
		return custody.Entry{}, err
	}
	_, proof, err := l.proofs().Proof(ctx, index, checkpoint)
	if err != nil {
		return custody.Entry{}, err
	}
	out := custody.Entry{Index: index, Leaf: d.Leaf, Proof: proof.Hashes, Open: &custody.Body{Salt: d.OpenSalt, Bytes: d.Open}}
	if d.Sealed != nil {
		out.Sealed = &custody.Body{Salt: d.SealedSalt, Bytes: d.Sealed}
	}
	return out, nil
}

//go:embed knew.html
var knewHTML string

var knewTemplate = template.Must(template.New("knew").Parse(knewHTML))

// knewRow is a line of the printable page.
type knewRow struct {
	Index            int64
	At               time.Time
	Who, Kind, About string
	Open, Sealed     string
	Closed           bool
}

// knewPage is the page to print: what is in the pack, and no more. People are
// named only where words are disclosed.
func (l *look) knewPage(ref string, p custody.Pack, named bool) ([]byte, error) {
	page := struct {
		Ref, Origin, Key, By string
		Made                 time.Time
		Exercise             bool
		Rows                 []knewRow
		Witnesses            []string
	}{ref, l.h.Origin(), p.LogKey, p.By, p.Made, l.h.Exercise(), nil, p.Witnesses}
	for _, e := range p.Entries {
		h, err := record.ParseLeaf(e.Leaf)
		if err != nil {
			return nil, err
		}
		row := knewRow{Index: e.Index, At: h.Time, Who: h.Actor, Kind: h.Kind, About: strings.Join(h.Subjects, " "), Closed: h.HasSealed() && e.Sealed == nil}
		if n := l.name(h.Actor); named && n != h.Actor {
			row.Who = n + " (" + h.Actor + ")"
		}
		row.Open = string(e.Open.Bytes)
		if e.Sealed != nil {
			row.Sealed = string(e.Sealed.Bytes)
		}
		page.Rows = append(page.Rows, row)
	}
	var b bytes.Buffer
	err := knewTemplate.Execute(&b, page)
	return b.Bytes(), err
}
