package web

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

const entriesShown = 50

// record is the explorer of the record.
func (v *visit) record() error {
	v.form.Values = v.r.URL.Query()
	f := heed.EntryFilter{Kind: v.text("kind"), Subject: strings.ToUpper(v.text("subject")), From: v.day("from"), To: v.day("until"), Limit: entriesShown}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	f.Before, _ = strconv.ParseInt(v.text("before"), 10, 64)
	if v.wantsCSV() {
		f.Limit = 500
	}
	rows, err := v.h.Entries(v.r.Context(), v.who, f)
	if err != nil {
		return err
	}
	t := page.EntryTable(v.words, "entries", rows)
	if v.wantsCSV() {
		return v.csv("record", t)
	}
	fr, err := v.frame(look.Frame{Title: v.words.T("record.title"), Here: "record"})
	if err != nil {
		return err
	}
	t.CSV = "/record.csv?" + v.form.Values.Encode()
	p := page.Record{Frame: fr, Table: t, Filter: []look.Field{
		fr.Field("kind").From(v.orNone("option.any", v.kinds())).MayBeEmpty(), fr.Field("subject").MayBeEmpty(), fr.Field("from").Of("date").MayBeEmpty(), fr.Field("until").Of("date").MayBeEmpty()}}
	if len(rows) == f.Limit {
		q := url.Values{}
		for k, x := range v.form.Values {
			q[k] = x
		}
		q.Set("before", strconv.FormatInt(rows[len(rows)-1].Index, 10))
		p.Older = "/record?" + q.Encode()
	}
	return v.show("record", p)
}

func (v *visit) kinds() (out []look.Option) {
	for _, k := range v.h.EntryKinds(v.r.Context()) {
		out = append(out, look.Option{Value: k, Text: v.words.Kind(k)})
	}
	v.words.Sort(out)
	return out
}

// entry is one entry with its proof, as a page or as the proof alone.
func (v *visit) entry() error {
	name, proof := strings.CutSuffix(v.r.PathValue("index"), ".proof")
	index, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return fault.NotFound("entries have numbers: there is none %q", name)
	}
	if proof {
		b, err := v.h.EntryProof(v.r.Context(), v.who, index)
		if err != nil {
			return err
		}
		v.attach(fmt.Sprintf("entry-%d.tlog-proof", index), "text/plain; charset=utf-8")
		_, err = v.w.Write(b)
		return err
	}
	e, err := v.h.Entry(v.r.Context(), v.who, index)
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: v.words.T("entry.title", name, v.words.Kind(e.Kind)), Kicker: v.words.T("kicker.entry"), Marking: e.Marking,
		Here: "record", Record: look.Place{Entry: index}})
	if err != nil {
		return err
	}
	p := page.Entry{Frame: f, Row: e.EntryRow, Header: string(e.Header), Open: string(e.Open), Sealed: e.Sealed, LeafHash: hex.EncodeToString(e.LeafHash),
		TreeSize: e.TreeSize, Root: hex.EncodeToString(e.Root), Checkpoint: e.Checkpoint, Cosigned: e.Cosigned, Purpose: e.Purpose, Erased: -1, Index: name}
	if e.Body == heed.BodyErased && e.Erased > 0 {
		p.Erased = e.Erased
	}
	for _, h := range e.Proof {
		p.Proof = append(p.Proof, hex.EncodeToString(h))
	}
	if index > 0 {
		p.Prev = strconv.FormatInt(index-1, 10)
	}
	if index+1 < f.Record.Size {
		p.Next = strconv.FormatInt(index+1, 10)
	}
	return v.show("entry-page", p)
}

func (v *visit) verify() error {
	f, err := v.frame(look.Frame{Title: v.words.T("verify.title"), Here: "record"})
	if err != nil {
		return err
	}
	return v.show("verify", page.Verify{Frame: f})
}

// search finds by reference or name. One thing found by its reference is shown
// at once.
func (v *visit) search() error {
	v.form.Values = v.r.URL.Query()
	q := v.text("q")
	hits, err := v.h.Find(v.r.Context(), v.who, q)
	if err != nil {
		return err
	}
	if len(hits) == 1 && strings.EqualFold(hits[0].ID, q) {
		return v.redirect(look.Href(hits[0].ID))
	}
	f, err := v.frame(look.Frame{Title: v.words.T("search.title")})
	if err != nil {
		return err
	}
	return v.show("search-page", page.Search{Frame: f, Query: q, Hits: hits})
}
