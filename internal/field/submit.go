package field

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/openrosa"
	"github.com/heed-project/heed/internal/report"
)

// mostFiles is how many files may come with one report.
const mostFiles = 50

// list answers with the forms that there are. A client may ask for one by its
// id.
func (f *face) list(w http.ResponseWriter, r request) {
	form, x, ok := f.xform(w, r)
	if !ok {
		return
	}
	var forms []openrosa.ListedForm
	if want := r.URL.Query().Get("formID"); want == "" || want == form.ID {
		at := r.base + "/forms/" + form.ID
		forms = []openrosa.ListedForm{{ID: form.ID, Version: form.Version, Name: form.Title[form.Languages[0]], Hash: openrosa.Hash(x),
			Download: at, Manifest: at + "/manifest"}}
	}
	f.xml(w, openrosa.FormList(forms))
}

func (f *face) xml(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Write(b)
}

// xform makes the form for who asks.
func (f *face) xform(w http.ResponseWriter, r request) (openrosa.Form, []byte, bool) {
	form, err := f.h.ReportForm(r.Context(), r.who)
	var x []byte
	if err == nil {
		x, err = form.XForm()
	}
	if err != nil {
		f.failed(w, r.Request, err)
	}
	return form, x, err == nil
}

func (f *face) form(w http.ResponseWriter, r request) {
	form, x, ok := f.xform(w, r)
	if !ok {
		return
	}
	if version := r.URL.Query().Get("version"); r.PathValue("id") != form.ID || version != "" && version != form.Version {
		f.say(w, http.StatusNotFound, "submit_error", "There is no such form here. Ask for the list of forms again.")
		return
	}
	f.xml(w, x)
}

func (f *face) manifest(w http.ResponseWriter, r request) {
	if r.PathValue("id") != report.Form().ID {
		f.say(w, http.StatusNotFound, "submit_error", "There is no such form here.")
		return
	}
	f.xml(w, openrosa.Manifest())
}

// where answers a client that asks, before it sends, where to and how much.
func (f *face) where(w http.ResponseWriter, r request) {
	w.Header().Set("Location", r.base+"/submission")
	w.WriteHeader(http.StatusNoContent)
}

// errNoFile says that a request holds no report.
var errNoFile = fault.Invalid("xml_submission_file", "the request holds no part xml_submission_file")

// submit takes in a report.
func (f *face) submit(w http.ResponseWriter, r request) {
	now := db.Now()
	if !f.reports.allows(r.who.Person, now) {
		f.tooMany(w)
		return
	}
	f.reports.count(r.who.Person, now)
	r.Body = http.MaxBytesReader(w, r.Body, f.biggest)
	answers, files, err := f.read(r)
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		f.say(w, http.StatusRequestEntityTooLarge, "submit_error", fmt.Sprintf("The report has more than %d MiB. Send fewer files with it.", f.biggest>>20))
		return
	}
	if err != nil {
		f.failed(w, r.Request, err)
		return
	}
	out, err := f.h.SubmitField(r.Context(), r.who, answers, files)
	if err != nil {
		f.failed(w, r.Request, err)
		return
	}
	w.Header().Set("Location", r.base+"/submission")
	f.say(w, http.StatusCreated, "submit_success", out.Message)
}

// read reads a submission: the answers, checked against the form, and the files
// that they name. Clients send the answers first; what comes before them is
// kept too, and left out unless they name it.
func (f *face) read(r request) (answers openrosa.Answers, files []report.Attachment, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return answers, nil, fault.Invalid("Content-Type", "the request is not multipart/form-data, as a submission is")
	}
	read := false
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return answers, nil, unread(err)
		}
		switch {
		case part.FormName() == "xml_submission_file" && read:
			return answers, nil, fault.Invalid("xml_submission_file", "the request holds two reports")
		case part.FormName() == "xml_submission_file":
			read = true
			if answers, err = f.answers(r, part); err != nil {
				return answers, nil, err
			}
		case part.FileName() != "" && read && !slices.Contains(answers.Attachments, part.FileName()):
			continue // the answers do not name it
		case part.FileName() != "":
			if len(files) == mostFiles {
				return answers, nil, fault.Invalid(part.FormName(), "a report has at most %d files: send the others with a second report", mostFiles)
			}
			file, err := f.keep(r, part)
			if err != nil {
				return answers, nil, err
			}
			files = append(files, file)
		}
	}
	if !read {
		return answers, nil, errNoFile
	}
	return answers, slices.DeleteFunc(files, func(a report.Attachment) bool { return !slices.Contains(answers.Attachments, a.Name) }), nil
}

// unread says that a request did not come whole, unless it was too big.
func unread(err error) error {
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return err
	}
	return fault.Invalid("body", "the request did not arrive whole: send it again")
}

// answers reads the XML of a submission against the form.
func (f *face) answers(r request, part io.Reader) (openrosa.Answers, error) {
	s, err := openrosa.ParseSubmission(part)
	if err != nil {
		return openrosa.Answers{}, err
	}
	form, err := f.h.ReportForm(r.Context(), r.who)
	if err != nil {
		return openrosa.Answers{}, err
	}
	if s.FormID != form.ID || s.Version != form.Version {
		return openrosa.Answers{}, fault.WithHint(fault.Invalid("@id", "this is for the form %.60q, version %.30q; here is %q, version %q", s.FormID, s.Version, form.ID, form.Version),
			"fetch the form again")
	}
	answers, problems := form.Read(s, f.h.Now())
	if len(problems) == 0 {
		return answers, nil
	}
	var lines []string
	for _, p := range problems[:min(len(problems), 10)] {
		lines = append(lines, p.Path+": "+p.Error)
	}
	return answers, fault.Invalid(problems[0].Path, "%s", strings.Join(lines, "; "))
}

// keep stores a file. Its type is told by its first bytes: what the client
// says it is would be believed by whoever opens it.
func (f *face) keep(r request, part *multipart.Part) (report.Attachment, error) {
	b := bufio.NewReaderSize(part, 512)
	head, err := b.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return report.Attachment{}, unread(err)
	}
	kind, _, err := mime.ParseMediaType(http.DetectContentType(head))
	if err != nil {
		kind = "application/octet-stream"
	}
	return f.h.KeepFile(r.Context(), r.who, part.FileName(), kind, b)
}
