package report

import (
	"encoding/hex"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/heed-project/heed/internal/events"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
)

// A Desk takes reports in and finds them by receipt. It is safe for concurrent
// use.
type Desk struct{ keys *keys.Keys }

// New opens the desk of a record.
func New(rec *record.Record) *Desk { return &Desk{rec.Keys()} }

// Channels are the ways by which a report can come.
func Channels() []string { return []string{"web", "csv", "field", "api", "desk"} }

// SubmitInput is a report as it comes.
type SubmitInput struct {
	SourceType string    // one of events.SourceTypes
	Occurred   time.Time // the day it is about; the time of day is dropped
	Country    string    // ISO 3166-1 alpha-3; it or Place must be given
	Words
	Situations []string  // to which it belongs, if known
	Identity   *Identity // who the source is, if it said so
	Marking    string    // "" is AMBER
	Channel    string    // "" is "desk"
	// Instance is the sending client's own id of this report: the same when it
	// sends again.
	Instance string
	// Origin is who stands behind Reference: references of two origins may be
	// the same. "" is the person who submits.
	Origin string
	// Once is a secret of the form that is sent, "" for none. What comes again
	// under it with the same words is the same report, and gets the same code.
	Once string
}

// A Receipt answers a report.
type Receipt struct {
	Report   string `json:"report"`
	Code     string `json:"code"` // shown once, to the reporter alone
	Repeated bool   `json:"repeated,omitempty"`
	Entry    int64  `json:"entry"`
}

// Submit takes a report in. What the same person, or the same file, has told is a
// fault of kind Exists that names the report in the receipt. What somebody else
// has told, or anybody who is not signed in, is taken in as any other, under a
// number and a receipt of its own: every reporter has one, and nobody learns by
// sending words whether the office has them, or what became of them. Its words
// are those of the first; what it says beside them stays with it.
func (d *Desk) Submit(tx *record.Tx, in SubmitInput) (Receipt, error) {
	in, err := in.check(tx.Now)
	if err != nil {
		return Receipt{}, fmt.Errorf("submit report: %w", err)
	}
	m := d.marks(tx, in)
	sent, code, err := d.code(tx, in, &m)
	if err != nil || sent.Report != "" {
		return sent, err
	}
	earlier, own, err := findEarlier(tx, m, in)
	switch {
	case err != nil:
		return Receipt{}, err
	case earlier != "" && own:
		return Receipt{Report: earlier, Repeated: true}, fault.Exists("%s says this already", earlier)
	case earlier != "":
		m = marks{Receipt: m.Receipt, Own: m.Own}
		in.Text, in.Title, in.Place = "", "", ""
	}
	id, err := tx.NextID("R")
	if err != nil {
		return Receipt{}, err
	}
	s := submitted{ID: id, Repeats: earlier, SourceType: in.SourceType, Occurred: in.Occurred.Format(time.DateOnly), Country: in.Country, Channel: in.Channel,
		Situations: in.Situations, marks: m}
	e, err := tx.Append(record.Draft{Kind: "report.submitted", Subjects: append([]string{id}, in.Situations...), Marking: in.Marking, Open: s, Sealed: in.Words})
	if err == nil && in.Identity != nil {
		err = appendIdentity(tx, id, *in.Identity)
	}
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{Report: id, Code: code, Entry: e.Index}, nil
}

// code makes the receipt code, and marks it. A form that was sent before, with
// the same words, has its code and its receipt.
func (d *Desk) code(tx *record.Tx, in SubmitInput, m *marks) (sent Receipt, code string, err error) {
	mark := func() error {
		plain, err := parseCode(code)
		m.Receipt = d.keys.Blind("receipt", plain)
		return err
	}
	code = newCode()
	if in.Once == "" {
		return sent, code, mark()
	}
	random, err := hex.DecodeString(d.keys.Blind("receipt of a form", in.Once) + d.keys.Blind("receipt of a form, more", in.Once))
	if err != nil {
		return sent, "", err
	}
	code = codeOf(random)
	if err := mark(); err != nil {
		return sent, "", err
	}
	id, err := readMark(tx.Tx, m.Receipt)
	if err != nil || id == "" {
		return sent, code, err
	}
	r, err := Get(tx.View, id)
	if err != nil {
		return sent, "", err
	}
	first := r
	if r.RepeatOf != "" && r.Text == "" {
		if first, err = Get(tx.View, r.RepeatOf); err != nil {
			return sent, "", err
		}
	}
	if first.says(in) {
		return Receipt{Report: id, Code: code, Repeated: true, Entry: r.Entry}, code, nil
	}
	code = newCode() // the form was changed and sent anew
	return sent, code, mark()
}

// says tells whether a report has the words of another, of the same day, place
// and kind of source.
func (r Report) says(in SubmitInput) bool {
	return contentKey(in) == contentKey(SubmitInput{SourceType: r.SourceType, Occurred: r.Occurred, Country: r.Country, Words: r.Words})
}

func appendIdentity(tx *record.Tx, id string, who Identity) error {
	_, key := Keys(id)
	_, err := tx.Append(record.Draft{Kind: "report.identity", Subjects: []string{key, id}, Key: key, Marking: "RED", Open: about{id}, Sealed: who})
	return err
}

// SetIdentity records, or records anew, who the source of a report is. It
// opens with record.OpenProtected at the entry that Report.Identity names.
func SetIdentity(tx *record.Tx, id string, who Identity) error {
	if _, err := standing(tx.View, id); err != nil {
		return err
	}
	who, said, err := who.check()
	if err != nil {
		return err
	}
	if !said {
		return fault.Invalid("identity", "nothing is said of the source: give a name, an organisation or a contact")
	}
	return appendIdentity(tx, id, who)
}

// Attach adds files to a report: a field client may send them after its words.
// A file that is there already is not added again.
func Attach(tx *record.Tx, id string, files ...Attachment) (Report, error) {
	r, err := standing(tx.View, id)
	if err != nil {
		return r, err
	}
	if r.Erased {
		return r, fault.Stale("the words of %s were erased", id)
	}
	w, err := Words{Text: r.Text, Attachments: files}.check()
	if err != nil {
		return r, err
	}
	all := slices.Clone(r.Attachments)
	for _, a := range w.Attachments {
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	if len(all) == len(r.Attachments) {
		return r, nil
	}
	whole := r.Words
	whole.Attachments = all
	return appended(tx, r, record.Draft{Kind: "report.attached", Subjects: []string{id}, Open: about{id}, Sealed: whole})
}

// marks are keyed digests by which a report is found.
type marks struct {
	Receipt   string `json:"receipt"`
	Content   string `json:"content,omitempty"`
	Reference string `json:"reference,omitempty"`
	Instance  string `json:"instance,omitempty"`
	Own       string `json:"own,omitempty"` // the content, of this person
}

func (d *Desk) marks(tx *record.Tx, in SubmitInput) (m marks) {
	m.Content = d.keys.Blind("report content", contentKey(in))
	if tx.By.Person != "" {
		m.Own = d.keys.Blind("report content of", tx.By.Person+"\x00"+contentKey(in))
	}
	origin := in.Origin
	if origin == "" {
		origin = tx.By.Person
	}
	// a reference that nobody stands behind names nothing
	if in.Reference != "" && in.SourceType != "anonymous" && origin != "" {
		m.Reference = d.keys.Blind("report reference", strings.Join([]string{in.SourceType, origin, in.Reference}, "\x00"))
	}
	if in.Instance != "" {
		m.Instance = d.instance(in.Instance)
	}
	return m
}

func (d *Desk) instance(id string) string { return d.keys.Blind("report instance", id) }

// ByInstance returns the id of the report that a client sent under its own id,
// or a fault of kind NotFound.
func (d *Desk) ByInstance(v *record.View, instance string) (string, error) {
	id, err := readMark(v.Tx, d.instance(instance))
	if err == nil && id == "" {
		err = fault.NotFound("no report was sent under this id")
	}
	return id, err
}

// contentKey is the same for two reports of one kind of source that say the
// same about one day and place.
func contentKey(in SubmitInput) string {
	return events.Report{SourceType: in.SourceType, Date: in.Occurred, Country: in.Country, Place: in.Place, Title: in.Title, Text: in.Text}.Key()
}

// findEarlier returns the report that a new one repeats, or "", and whether the
// same person told it, or a file did. One that was withdrawn or erased does not
// stand in the way of its being told again. A report that bears another's
// reference and says something else is Invalid, so that it is not taken for a
// repetition and lost.
func findEarlier(tx *record.Tx, m marks, in SubmitInput) (id string, own bool, err error) {
	for _, named := range [][2]string{{"text", m.Own}, {"text", m.Content}, {"instance", m.Instance}, {"reference", m.Reference}} {
		field, mark := named[0], named[1]
		if mark == "" {
			continue
		}
		id, err := readMark(tx.Tx, mark)
		if err != nil {
			return "", false, err
		}
		if id == "" {
			continue
		}
		r, err := Get(tx.View, id)
		switch {
		case err != nil:
			return "", false, err
		case r.State == Withdrawn, r.Erased:
		case mark == m.Own, r.says(in):
			person := tx.By.Person
			return id, person != "" && (r.Actor == person || in.Channel == "csv"), nil
		case tx.By.Person != "":
			return "", false, fault.WithHint(fault.Invalid(field, "%s has this %s and says something else", id, field), "give it another "+field+", or withdraw "+id)
		}
	}
	return "", false, nil
}

const (
	longestLine = 300    // letters of a name, a place, a reference
	longestText = 50_000 // letters of a report
)

var (
	situationForm = regexp.MustCompile(`^S-[1-9][0-9]{0,14}$`)
	choiceForm    = regexp.MustCompile(`^[a-z][a-z-]{0,39}$`)
	sumForm       = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// check returns the input as it will be recorded.
func (in SubmitInput) check(now time.Time) (SubmitInput, error) {
	if !slices.Contains(events.SourceTypes(), in.SourceType) {
		return in, fault.Invalid("source_type", "%q is not a source type: one of %s", in.SourceType, strings.Join(events.SourceTypes(), ", "))
	}
	if in.Channel == "" {
		in.Channel = "desk"
	}
	if !slices.Contains(Channels(), in.Channel) {
		return in, fault.Invalid("channel", "%q is not a channel: one of %s", in.Channel, strings.Join(Channels(), ", "))
	}
	switch y, m, d := in.Occurred.Date(); {
	case in.Occurred.IsZero():
		return in, fault.Invalid("occurred", "say on which day it happened: year-month-day")
	case in.Occurred.Year() < 1900, in.Occurred.After(now.Add(14 * time.Hour)): // a day begins in the east first
		return in, fault.Invalid("occurred", "%s is in the future or long past: check the year", in.Occurred.Format(time.DateOnly))
	default:
		in.Occurred = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	in.Country = strings.ToUpper(strings.TrimSpace(in.Country))
	if in.Country != "" && !events.IsCountry(in.Country) {
		return in, fault.Invalid("country", "%q is not a country: give its ISO 3166 code of three letters", in.Country)
	}
	var err error
	if in.Words, err = in.Words.check(); err != nil {
		return in, err
	}
	if in.Country == "" && in.Place == "" {
		return in, fault.Invalid("place", "say where: give a place or a country")
	}
	in.Situations = slices.Clone(in.Situations) // the caller's stay as they are: a command may run again
	slices.Sort(in.Situations)
	in.Situations = slices.Compact(in.Situations)
	for _, s := range in.Situations {
		if !situationForm.MatchString(s) {
			return in, fault.Invalid("situations", "%q is not a situation: give an id such as S-1", s)
		}
	}
	if in.Identity != nil {
		who, said, err := in.Identity.check()
		if err != nil {
			return in, err
		}
		if in.Identity = &who; !said {
			in.Identity = nil
		}
	}
	return in, nil
}

func (w Words) check() (Words, error) {
	if err := lines(named{"title", &w.Title}, named{"place", &w.Place}, named{"population", &w.Population}, named{"reference", &w.Reference}, named{"language", &w.Language}); err != nil {
		return w, err
	}
	w.Text = strings.TrimSpace(strings.ReplaceAll(w.Text, "\r\n", "\n"))
	switch n := utf8.RuneCountInString(w.Text); {
	case n == 0:
		return w, fault.Invalid("text", "the report says nothing: write what happened")
	case n > longestText:
		return w, fault.Invalid("text", "the text has %d letters, at most %d: send the rest as an attachment or a second report", n, longestText)
	case !plain(w.Text):
		return w, fault.Invalid("text", "the text holds characters that cannot be shown: write it as plain text")
	}
	if p := w.Position; p != nil && !(math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180 && p.Accuracy >= 0 && p.Accuracy <= 1e7) {
		return w, fault.Invalid("position", "%v, %v is not a position: latitude -90 to 90, longitude -180 to 180", p.Lat, p.Lon)
	}
	if w.Killed != nil && (*w.Killed < 0 || *w.Killed > 10_000_000) {
		return w, fault.Invalid("killed", "%d is not a number of people", *w.Killed)
	}
	for _, c := range append(slices.Clone(w.What), w.KnownBy) {
		if c != "" && !choiceForm.MatchString(c) {
			return w, fault.Invalid("what", "%.40q is not a choice of the form", c)
		}
	}
	for _, a := range w.Attachments {
		if !sumForm.MatchString(a.SHA256) || a.Size < 0 || !plain(a.Name) || len(a.Name) > 255 {
			return w, fault.Invalid("attachments", "attachment %.40q is not named by its SHA-256 and size", a.Name)
		}
	}
	return w, nil
}

// check returns the identity as it will be recorded, and whether it says
// anything.
func (i Identity) check() (Identity, bool, error) {
	if err := lines(named{"name", &i.Name}, named{"organisation", &i.Organisation}, named{"contact", &i.Contact}, named{"safety", &i.Safety}); err != nil {
		return i, false, err
	}
	return i, i.Name != "" || i.Organisation != "" || i.Contact != "", nil
}

// named is a text and the field that it came in.
type named struct {
	field string
	text  *string
}

// lines checks texts of one line each, the first that is wrong first.
func lines(all ...named) (err error) {
	for _, x := range all {
		if *x.text, err = line(x.field, *x.text); err != nil {
			return err
		}
	}
	return nil
}

// line checks a text on one line that may be empty.
func line(field, s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if n := utf8.RuneCountInString(s); n > longestLine || !plain(s) {
		return "", fault.Invalid(field, "the %s must be plain text of at most %d letters", field, longestLine)
	}
	return s, nil
}

// plain tells whether a text can be shown as it is.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}
