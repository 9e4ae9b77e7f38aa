package web

import (
	"bytes"
	"encoding/hex"
	"strings"

	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// knew tells who knew what, when, and what they did: as a page or as CSV.
func knew(v *visit.Visit) error {
	ref := v.R.PathValue("ref")
	ref, asCSV := strings.CutSuffix(ref, ".csv")
	x, err := v.H.Knew(v.R.Context(), v.Who, ref)
	if err != nil {
		return err
	}
	if asCSV {
		return v.CSV("knew-"+x.Ref, page.KnewTable(v.Words, x.Rows))
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("knew.title", x.Ref), ID: x.Ref, Here: "warnings"})
	if err != nil {
		return err
	}
	f.CSV = "/knew/" + x.Ref + ".csv"
	return v.Show("knew", page.Knew{Frame: f, Ref: x.Ref, Level: x.Level, Situation: x.Situation, People: x.People, Rows: x.Rows, Size: x.Size,
		Root: hex.EncodeToString(x.Root), Cosigned: x.Cosigned, Pack: "/knew/" + x.Ref + "/pack"})
}

// knewPack is the pack that anyone can check. It is written whole before it is
// sent, so that a failure is told; that it was made is an entry, so it is
// posted.
func knewPack(v *visit.Visit) error {
	who, ref := v.Who, v.R.PathValue("ref")
	who.Purpose = "pack of " + ref
	var b bytes.Buffer
	if _, err := v.H.KnewPack(v.R.Context(), who, ref, v.R.FormValue("disclose") == "1", &b); err != nil {
		return err
	}
	v.Attach("knew-"+ref+".zip", "application/zip")
	_, err := b.WriteTo(v.W)
	return err
}
