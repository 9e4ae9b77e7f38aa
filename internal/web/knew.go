package web

import (
	"bytes"
	"encoding/hex"
	"strings"

	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// knew tells who knew what, when, and what they did: as a page or as CSV.
func (v *visit) knew() error {
	ref := v.r.PathValue("ref")
	ref, asCSV := strings.CutSuffix(ref, ".csv")
	x, err := v.h.Knew(v.r.Context(), v.who, ref)
	if err != nil {
		return err
	}
	if asCSV {
		return v.csv("knew-"+x.Ref, page.KnewTable(v.words, x.Rows))
	}
	f, err := v.frame(look.Frame{Title: v.words.T("knew.title", x.Ref), ID: x.Ref, Here: "warnings"})
	if err != nil {
		return err
	}
	f.CSV = "/knew/" + x.Ref + ".csv"
	return v.show("knew", page.Knew{Frame: f, Ref: x.Ref, Level: x.Level, Situation: x.Situation, People: x.People, Rows: x.Rows, Size: x.Size,
		Root: hex.EncodeToString(x.Root), Cosigned: x.Cosigned, Pack: "/knew/" + x.Ref + "/pack"})
}

// knewPack is the pack that anyone can check. It is written whole before it is
// sent, so that a failure is told; that it was made is an entry, so it is
// posted.
func (v *visit) knewPack() error {
	who, ref := v.who, v.r.PathValue("ref")
	who.Purpose = "pack of " + ref
	var b bytes.Buffer
	if _, err := v.h.KnewPack(v.r.Context(), who, ref, v.r.FormValue("disclose") == "1", &b); err != nil {
		return err
	}
	v.attach("knew-"+ref+".zip", "application/zip")
	_, err := b.WriteTo(v.w)
	return err
}
