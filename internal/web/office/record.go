package office

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
	"github.com/heed-project/heed/internal/web/visit"
)

const entriesShown = 50

// Record is the explorer of the record.
func Record(v *visit.Visit) error {
	v.Form.Values = v.R.URL.Query()
	f := heed.EntryFilter{Kind: v.Text("kind"), Subject: strings.ToUpper(v.Text("subject")), From: v.Day("from"), To: v.Day("until"), Limit: entriesShown}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	f.Before, _ = strconv.ParseInt(v.Text("before"), 10, 64)
	if v.WantsCSV() {
		f.Limit = 500
	}
	rows, err := v.H.Entries(v.R.Context(), v.Who, f)
	if err != nil {
		return err
	}
	t := page.EntryTable(v.Words, "entries", rows)
	if v.WantsCSV() {
		return v.CSV("record", t)
	}
	fr, err := v.Frame(look.Frame{Title: v.Words.T("record.title"), Here: "record"})
	if err != nil {
		return err
	}
	t.CSV = "/record.csv?" + v.Form.Values.Encode()
	p := page.Record{Frame: fr, Table: t, Filter: []look.Field{
		fr.Field("kind").From(v.OrNone("option.any", kinds(v))).MayBeEmpty(), fr.Field("subject").MayBeEmpty(), fr.Field("from").Of("date").MayBeEmpty(), fr.Field("until").Of("date").MayBeEmpty()}}
	if len(rows) == f.Limit {
		q := url.Values{}
		for k, x := range v.Form.Values {
			q[k] = x
		}
		q.Set("before", strconv.FormatInt(rows[len(rows)-1].Index, 10))
		p.Older = "/record?" + q.Encode()
	}
	return v.Show("record", p)
}

func kinds(v *visit.Visit) (out []look.Option) {
	for _, k := range v.H.EntryKinds(v.R.Context()) {
		out = append(out, look.Option{Value: k, Text: v.Words.Kind(k)})
	}
	v.Words.Sort(out)
	return out
}

// Entry is one entry with its proof, as a page or as the proof alone.
func Entry(v *visit.Visit) error {
	name, proof := strings.CutSuffix(v.R.PathValue("index"), ".proof")
	index, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return fault.NotFound("entries have numbers: there is none %q", name)
	}
	if proof {
		b, err := v.H.EntryProof(v.R.Context(), v.Who, index)
		if err != nil {
			return err
		}
		v.Attach(fmt.Sprintf("entry-%d.tlog-proof", index), "text/plain; charset=utf-8")
		_, err = v.W.Write(b)
		return err
	}
	e, err := v.H.Entry(v.R.Context(), v.Who, index)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("entry.title", name, v.Words.Kind(e.Kind)), Kicker: v.Words.T("kicker.entry"), Marking: e.Marking,
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
	return v.Show("entry-page", p)
}

// Verify tells how to check the record without trusting this node.
func Verify(v *visit.Visit) error {
	f, err := v.Frame(look.Frame{Title: v.Words.T("verify.title"), Here: "record"})
	if err != nil {
		return err
	}
	return v.Show("verify", page.Verify{Frame: f})
}

// Search finds by reference or name. One thing found by its reference is shown
// at once.
func Search(v *visit.Visit) error {
	v.Form.Values = v.R.URL.Query()
	q := v.Text("q")
	hits, err := v.H.Find(v.R.Context(), v.Who, q)
	if err != nil {
		return err
	}
	if len(hits) == 1 && strings.EqualFold(hits[0].ID, q) {
		return v.Redirect(look.Href(hits[0].ID))
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("search.title")})
	if err != nil {
		return err
	}
	return v.Show("search-page", page.Search{Frame: f, Query: q, Hits: hits})
}
