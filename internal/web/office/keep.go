package office

import (
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// ImportForm asks for a file of events, of counts or of reports.
func ImportForm(v *visit.Visit) error { return importWith(v, nil) }

func importWith(v *visit.Visit, done *page.Imported) error {
	v.Prefill("kind", "ged")
	f, err := v.Frame(look.Frame{Title: v.Words.T("import.title")})
	if err != nil {
		return err
	}
	if !f.Can("import") {
		return fault.Denied("you may not take in files")
	}
	f.Form = v.Form
	kind := f.Field("kind").As("import.kind").Of("radio").From(v.Choices("import.kind.", "ged", "acled", "panel", "reports"))
	return v.Show("import", page.Import{Frame: f, Kind: kind, File: f.Field("file").Of("file"), Done: done})
}

// Import takes in a file as it arrives; nothing of it is put aside on the way.
func Import(v *visit.Visit) error {
	name, body, err := v.Upload("file")
	if err != nil {
		return v.Again(err, ImportForm)
	}
	kind := v.Pick("kind")
	if name == "" {
		v.Must("file")
	}
	if v.Bad() {
		return v.Wrong(ImportForm)
	}
	x, err := v.H.Import(v.R.Context(), v.Who, kind, name, body)
	if err != nil {
		return v.Again(err, ImportForm)
	}
	return importWith(v, page.NewImported(v.Words, x))
}

// EraseForm asks what to erase, and under what authority.
func EraseForm(v *visit.Visit) error {
	f, err := v.Frame(look.Frame{Title: v.Words.T("erase.title"), Here: "record"})
	if err != nil {
		return err
	}
	if !f.Can("record.erase") {
		return fault.Denied("you may not erase")
	}
	return v.Show("erase", page.Erase{Frame: f, Subject: f.Field("subject").As("erase"), Authority: f.Field("authority").As("erase.authority").Area(3),
		Sure: f.Field("sure").Of("checkbox").From(v.Choices("erase.sure.", "yes"))})
}

// Erase destroys the words of a subject. There is no way back, so the form wants
// it said that this is known.
func Erase(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	subject, authority := v.Must("subject"), v.Must("authority")
	if v.Text("sure") != "yes" {
		v.Pick("sure")
	}
	if v.Bad() {
		return v.Wrong(EraseForm)
	}
	if err := v.H.Erase(v.R.Context(), v.Who, subject, authority); err != nil {
		if fault.KindOf(err) == fault.KindNotFound {
			err = fault.Invalid("subject", "%w", err)
		}
		return v.Again(err, EraseForm)
	}
	return v.Done("/record", "erased", subject)
}

// AdoptForm asks for a protocol.
func AdoptForm(v *visit.Visit) error { return adoptWith(v, page.Adopt{}) }

func adoptWith(v *visit.Visit, p page.Adopt) error {
	f, err := v.Frame(look.Frame{Title: v.Words.T("adopt.title"), Here: "protocols"})
	if err != nil {
		return err
	}
	if !f.Can("protocol.change") {
		return fault.Denied("you may not adopt protocols")
	}
	p.Frame, p.Text = f, f.Field("protocol").As("yaml").Area(24)
	return v.Show("adopt", p)
}

// Adopt checks a protocol, or puts it in force.
func Adopt(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	text := v.Must("protocol")
	if v.Bad() {
		return v.Wrong(AdoptForm)
	}
	if v.Text("do") == "adopt" {
		id, err := v.H.AdoptProtocol(v.R.Context(), v.Who, []byte(text))
		if err != nil {
			return v.Again(err, AdoptForm)
		}
		return v.Done("/protocols/"+id, "adopted", "")
	}
	problems, err := v.H.CheckProtocol(v.R.Context(), v.Who, []byte(text))
	if err != nil {
		return v.Again(err, AdoptForm)
	}
	return adoptWith(v, page.Adopt{Checked: true, Problems: problems})
}
