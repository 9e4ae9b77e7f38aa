// Package custody holds the pages of evidence: the library, the intake, an item
// with everything that happened to it, and when what is kept was last proved.
//
// Files come as they are sent: a form's are read part by part and go straight
// into an intake, so that they are never whole in memory nor on the disk as
// they are; those that come in parts go on where the line broke. What is given
// out is a file to be kept, never shown by the browser on this site, and that it
// was opened is on record before its first byte.
//
//	{"GET /evidence", custody.Library, false},
//
// It decides nothing: the node says what may be read and done.
package custody

import (
	"cmp"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// opening is the frame of a form that opens something, and the situations to
// which it may belong; closely marked unless it is said otherwise.
func opening(v *visit.Visit, title string) (f look.Frame, situations []look.Option, err error) {
	if f, err = v.Frame(look.Frame{Title: v.Words.T(title), Here: "evidence"}); err != nil {
		return f, nil, err
	}
	situations, err = v.OpenSituations()
	v.Prefill("marking", "AMBER+STRICT", "situation", v.R.URL.Query().Get("situation"))
	f.Form = v.Form
	return f, situations, err
}

// NewIntake is the form with which files are taken in.
func NewIntake(v *visit.Visit) error {
	f, situations, err := opening(v, "intake.new.title")
	if err != nil {
		return err
	}
	return v.Show("intake-new", page.IntakeForm{Frame: f, Authority: f.Field("authority").As("evidence.authority").Area(2), Marking: f.Field("marking").From(v.Markings()),
		Situation: f.Field("situation").From(v.OrNone("option.none", situations)).MayBeEmpty(), Note: f.Field("note").As("evidence.note").MayBeEmpty(),
		Files: f.Field("files").As("evidence.files").Of("file")})
}

// AddIntake takes the files of a form in, as they come: they are never whole
// in memory, nor on the disk as they are.
func AddIntake(v *visit.Visit) error {
	r, err := v.R.MultipartReader()
	if err != nil {
		return fault.Invalid("files", "the form does not carry files: %w", err)
	}
	v.Form.Values = url.Values{}
	begun, taken := "", []evidence.Taken(nil)
	for {
		part, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fault.Invalid("files", "the form broke off: what came before is in intake %s: %w", begun, err)
		}
		if part.FileName() == "" {
			b, err := io.ReadAll(io.LimitReader(part, 1<<16))
			if err != nil {
				return err
			}
			v.Form.Values.Add(part.FormName(), string(b))
			continue
		}
		if begun == "" {
			if begun, err = beginIntake(v); err != nil || v.Bad() {
				return again(v, err, NewIntake)
			}
		}
		some, err := takePart(v, begun, part)
		if err != nil {
			return again(v, err, NewIntake)
		}
		taken = append(taken, some...)
	}
	if begun == "" {
		if begun, err = beginIntake(v); err != nil || v.Bad() {
			return again(v, err, NewIntake)
		}
		return v.Done("/evidence/intakes/"+begun, "intake.begun", begun) // the files come in parts
	}
	if err := v.H.EndIntake(v.R.Context(), v.Who, begun); err != nil {
		return err
	}
	if err := v.H.JudgeSoon(v.R.Context(), v.Who, begun, taken); err != nil {
		return err
	}
	return v.Done("/evidence/intakes/"+begun, "intake.taken", begun)
}

// again shows a form once more, for a fault or for a field that was wrong.
func again(v *visit.Visit, err error, show func(*visit.Visit) error) error {
	if err == nil {
		return v.Wrong(show)
	}
	return v.Again(err, show)
}

func beginIntake(v *visit.Visit) (string, error) {
	in := heed.EvidenceInput{Authority: v.Must("authority"), Marking: v.Text("marking"), Note: v.Text("note"), Via: "upload"}
	if id := v.Text("situation"); id != "" {
		in.Links = []evidence.Link{{Kind: "situation", To: id}}
	}
	if v.Bad() {
		return "", nil
	}
	out, err := v.H.BeginEvidence(v.R.Context(), v.Who, in)
	return out.ID, err
}

// inFolder is the path of a file in a folder that was sent; "" where it was sent alone.
// It goes on record as what was said, and nowhere is anything written there.
func inFolder(said string) string {
	if at := path.Clean("/" + said)[1:]; strings.Contains(at, "/") {
		return at
	}
	return ""
}

func takePart(v *visit.Visit, intake string, part *multipart.Part) ([]evidence.Taken, error) {
	s := evidence.Source{Name: part.FileName(), Type: part.Header.Get("Content-Type"), Size: -1, Open: func() (io.ReadCloser, error) { return part, nil }}
	if _, said, err := mime.ParseMediaType(part.Header.Get("Content-Disposition")); err == nil {
		s.Path = inFolder(said["filename"]) // FileName is without it
	}
	out, err := v.H.TakeSent(v.R.Context(), v.Who, intake, s)
	if err == nil && len(out.Refused) > 0 {
		err = fault.Invalid("files", "%s: %s", out.Refused[0].Path, out.Refused[0].Error)
	}
	return out.Items, err
}

// Intake is an intake with what has come and what is still to come.
func Intake(v *visit.Visit) error {
	x, err := v.H.Intake(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	t := page.ItemTable(v.Words, "items", x.Items)
	if v.WantsCSV() {
		return v.CSV("intake", t)
	}
	t.CSV = "/evidence/intakes/" + x.ID + "/items.csv"
	title := v.Words.N("intake.title", int64(len(x.Items)))
	if x.More {
		title = v.Words.T("intake.title.more", len(x.Items))
	}
	f, err := v.Frame(look.Frame{Title: title, ID: x.ID, Marking: x.Marking, Kicker: v.Words.T("kicker.intake"), Here: "evidence",
		Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	p := page.Intake{Frame: f, Row: x, By: look.Ref{ID: x.By, Name: x.ByName}, Table: t,
		Files: f.Field("files").As("evidence.files").Of("file")}
	for _, u := range x.Uploads {
		p.Uploads = append(p.Uploads, page.UploadRow{ID: u.ID, Name: cmp.Or(u.Path, u.Name), Have: u.Have, Size: u.Size, Percent: u.Have * 100 / max(1, u.Size)})
	}
	return v.Show("intake", p)
}

// AddToIntake takes more files into an intake, without scripts.
func AddToIntake(v *visit.Visit) error {
	r, err := v.R.MultipartReader()
	if err != nil {
		return fault.Invalid("files", "the form does not carry files: %w", err)
	}
	id, taken := v.R.PathValue("id"), []evidence.Taken(nil)
	for {
		part, err := r.NextPart()
		if err == io.EOF {
			if err := v.H.JudgeSoon(v.R.Context(), v.Who, id, taken); err != nil {
				return err
			}
			return v.Done("/evidence/intakes/"+id, "intake.taken", id)
		}
		if err != nil {
			return fault.Invalid("files", "the form broke off: %w", err)
		}
		if part.FileName() == "" {
			continue
		}
		some, err := takePart(v, id, part)
		if err != nil {
			return err
		}
		taken = append(taken, some...)
	}
}

// EndIntake says that nothing more comes.
func EndIntake(v *visit.Visit) error {
	id := v.R.PathValue("id")
	if err := v.H.EndUploads(v.R.Context(), v.Who, id); err != nil {
		return err
	}
	return v.Done("/evidence/intakes/"+id, "intake.ended", id)
}

// BeginUpload announces a file that comes in parts, and says where to go on.
func BeginUpload(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	size, err := strconv.ParseInt(v.Text("size"), 10, 64)
	if err != nil {
		return fault.Invalid("size", "%q is not a number of bytes", v.Text("size"))
	}
	var modified time.Time // where it is not told, no upload is gone on with: it may be of another file
	if ms, err := strconv.ParseInt(v.Text("modified"), 10, 64); err == nil && ms > 0 {
		modified = time.UnixMilli(ms).UTC()
	}
	u, item, err := v.H.BeginUpload(v.R.Context(), v.Who, v.R.PathValue("id"), evidence.File{Name: v.Text("name"), Path: inFolder(v.Text("path")), Size: size, Modified: modified, Another: v.Text("another") != ""})
	if err != nil {
		return err
	}
	if item != "" { // of a folder that is sent again
		return tellUpload(v, http.StatusOK, u, item)
	}
	v.W.Header().Set("Location", "/evidence/uploads/"+u.ID)
	return tellUpload(v, http.StatusCreated, u, "")
}

func tellUpload(v *visit.Visit, code int, u evidence.Upload, item string) error {
	v.W.Header().Set("Content-Type", "application/json")
	v.W.Header().Set("Upload-Offset", strconv.FormatInt(u.Have, 10))
	v.W.Header().Set("Upload-Length", strconv.FormatInt(u.Size, 10))
	v.W.WriteHeader(code)
	return json.NewEncoder(v.W).Encode(map[string]any{"upload": u.ID, "offset": u.Have, "size": u.Size, "item": item})
}

// UploadOffset says how far an upload has come.
func UploadOffset(v *visit.Visit) error {
	u, err := v.H.Upload(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	return tellUpload(v, http.StatusOK, u, "")
}

// AddPart takes a part of an upload from an offset on.
func AddPart(v *visit.Visit) error {
	offset, err := strconv.ParseInt(v.R.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		return fault.Invalid("Upload-Offset", "say from which byte on this is, in the header Upload-Offset")
	}
	u, item, err := v.H.AddPart(v.R.Context(), v.Who, v.R.PathValue("id"), offset, v.R.Body)
	if fault.KindOf(err) == fault.KindStale && u.ID != "" {
		return tellUpload(v, http.StatusConflict, u, "")
	}
	if err != nil {
		return err
	}
	if item.ID != "" {
		if err := v.H.JudgeSoon(v.R.Context(), v.Who, u.Intake, []evidence.Taken{item}); err != nil {
			return err
		}
	}
	return tellUpload(v, http.StatusOK, u, item.ID)
}

// custodyDetail words what an event of custody says by a name.
func custodyDetail(w *look.Words, c heed.Custody) string {
	switch c.Kind {
	case "evidence.taken":
		if slices.Contains(evidence.Ways(), c.Detail) {
			return w.T("evidence.how." + c.Detail)
		}
	case "evidence.reviewed":
		return w.T("evidence.state." + c.Detail)
	case "evidence.linked", "evidence.unlinked":
		return w.Word("link.", c.Detail)
	case "coding.reviewed":
		return w.T("coding.state." + c.Detail)
	case "case.answered":
		return w.T(map[bool]string{true: "case.outcome.given", false: "case.withheld"}[c.Detail == cases.Given])
	case "stamp.kept", "stamp.upgraded":
		what, of, _ := strings.Cut(c.Detail, " ")
		if what == "block" {
			return w.T("stamp.block", of)
		}
		if at, err := time.Parse(time.RFC3339, of); err == nil {
			return w.T("stamp."+what, w.When(at))
		}
	case "handover.answered", "handover.taken":
		return w.T("handover.fate." + c.Detail)
	}
	return c.Detail
}

// Item is an item with its custody.
func Item(v *visit.Visit) error {
	x, err := v.H.Item(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	title := x.Name
	switch {
	case x.Erased:
		title = v.Words.T("text.erased")
	case x.Withheld != "":
		title = v.Words.T("text.withheld")
	}
	f, err := v.Frame(look.Frame{Title: title, ID: x.ID, Marking: x.Marking, Kicker: v.Words.T("kicker.item"), Here: "evidence", Record: look.Place{Entry: x.Entry}})
	if err != nil {
		return err
	}
	p := page.Item{Frame: f, Row: x, Size: page.SizeOf(v.Words, x.Size), By: look.Ref{ID: x.By, Name: x.ByName}, Derived: page.Cards(v.Words, x.Derived),
		MayOpen: x.MayOpen && !x.Erased, MayChange: x.MayChange, MayReview: x.MayReview, Held: x.Holds > 0, MayCopy: x.MayCopy}
	for _, c := range x.Custody {
		c.Detail = custodyDetail(v.Words, c)
		p.Custody = append(p.Custody, page.CustodyRow{Entry: c.Entry, Kind: c.Kind, At: c.At, By: look.Ref{ID: c.By, Name: c.Name}, Other: c.Other, Detail: c.Detail, Reason: c.Reason, Under: c.Under})
	}
	shown, err := shownOn(v, v.R.URL.Query())
	if err != nil {
		return err
	}
	p.Card = page.Picture(page.Cards(v.Words, []evidence.Item{x.Item}), shown)[0]
	if x.Thumb && p.Card.Picture == "" {
		p.Show = pictureForm(f, []string{x.ID}, nil)
	}
	p.Copy = copyForm(v, f)
	p.Purpose, p.Use, p.Unpack = f.Field("purpose").As("evidence.purpose"), uses(v, f), f.Field("unpack_purpose").As("evidence.purpose")
	if p.Coding, err = codingForm(v, f, x); err != nil {
		return err
	}
	like, err := v.H.Near(v.R.Context(), v.Who, x.ID)
	if err != nil {
		return err
	}
	p.Near = page.NearOf(v.Words, like)
	p.Verdict = f.Field("coding_state").As("coding.review").From(v.Choices("coding.state.", coding.Accepted, coding.Returned))
	p.Words = f.Field("coding_words").As("coding.words").Area(2).MayBeEmpty()
	p.State = f.Field("review_state").As("evidence.review").From(v.Choices("evidence.state.", evidence.States()[1:]...))
	p.Note = f.Field("note").As("evidence.note").MayBeEmpty()
	p.Handling = handling(v, f, x)
	p.Hold, p.Authority, p.Reason = f.Field("hold").As("evidence.hold"), f.Field("authority").As("evidence.authority"), f.Field("reason")
	return v.Show("item", p)
}

// onItem reads a form about an item and acts on it. Pairs are a fault's name of a field
// and the form's, where they differ.
func onItem(v *visit.Visit, done string, act func(id string) error, pairs ...string) error {
	if err := v.Read(); err != nil {
		return err
	}
	id, by := v.R.PathValue("id"), v.Who
	err := act(id)
	v.Who.Purpose = by.Purpose // the page shown again is not read for what was done
	switch {
	case err != nil:
		return v.AgainAs(err, Item, pairs...)
	case v.Bad():
		return v.Wrong(Item)
	}
	return v.Done("/evidence/"+id, done, id)
}

// ReviewItem moves the review of an item on.
func ReviewItem(v *visit.Visit) error {
	return onItem(v, "reviewed", func(id string) error {
		return v.H.ReviewEvidence(v.R.Context(), v.Who, id, v.Text("review_state"), v.Text("note"))
	})
}

// HoldItem puts a legal hold on an item.
func HoldItem(v *visit.Visit) error {
	return onItem(v, "item.held", func(id string) error {
		return v.H.HoldEvidence(v.R.Context(), v.Who, []string{id}, v.Text("hold"), v.Text("authority"), v.Text("reason"))
	})
}

// Fixity says when what is kept was last proved.
func Fixity(v *visit.Visit) error {
	x, err := v.H.Fixity(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	n := 100
	if v.WantsCSV() {
		n = 100_000
	}
	lib, err := v.H.ProvedLast(v.R.Context(), v.Who, n)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("fixity.title", x.Items-x.Never, x.Items), Here: "evidence"})
	if err != nil {
		return err
	}
	t := look.Table{ID: "proofs", Caption: v.Words.T("fixity.items"), Empty: v.Words.T("evidence.none"), Cols: v.Words.Cols("item", "proved", "state")}
	for _, i := range lib {
		at := look.Cell{At: i.Proved}
		state, mark := look.Cell{Text: v.Words.T("fixity.whole")}, ""
		if i.Proved.IsZero() {
			at, state = look.Cell{Text: v.Words.T("never")}, look.Cell{Text: v.Words.T("fixity.unread")}
		}
		if i.Damaged {
			state, mark = look.Cell{Text: v.Words.T("evidence.damaged"), Mark: "late"}, "late"
		}
		t.Rows = append(t.Rows, look.Row{Mark: mark, Cells: []look.Cell{{Text: i.ID, Href: look.Href(i.ID), ID: true}, at, state}})
	}
	if v.WantsCSV() {
		return v.CSV("fixity", t)
	}
	t.CSV = "/evidence/fixity.csv"
	return v.Show("fixity", page.Fixity{Frame: f, Row: x, Table: t})
}
