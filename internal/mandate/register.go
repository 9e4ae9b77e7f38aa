package mandate

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// shipped is facts about mechanisms, in our own words, with (K) where one is not
// yet verified.
//
//go:embed mechanisms.csv
var shipped []byte

// Shipped returns the register that comes with Heed.
func Shipped() []byte { return bytes.Clone(shipped) }

// places are those of mechanisms whose code does not end in one.
var places = map[string]string{"IIIM": "SYR", "IIMP": "SYR", "IIMM": "MMR", "UNITAD": "IRQ", "ICHREE": "ETH", "COI-OPT": "PSE", "COI-DRC": "COD"}

// column is a header of the register, and where what stands under it goes.
type column struct {
	name string
	must bool
	set  func(in *Input, text string) error
}

var columns = []column{
	{"id", true, func(in *Input, s string) error { in.Code = s; return nil }},
	{"name", true, func(in *Input, s string) error { in.Name = s; return nil }},
	{"type", false, func(in *Input, s string) error { in.Type = s; return nil }},
	{"established_by", true, func(in *Input, s string) error { in.Act = s; return nil }},
	{"date", true, func(in *Input, s string) (err error) { in.Founded, err = date(s); return err }},
	{"founding_vote", false, func(in *Input, s string) error { in.Vote = fact(s); return nil }},
	{"mandate_elements", true, func(in *Input, s string) error { in.Work = fact(s); return nil }},
	{"renewals", false, func(in *Input, s string) error { in.Renewals = fact(s); return nil }},
	{"status_or_end", true, func(in *Input, s string) error { in.Status, in.State = fact(s), stateOf(s); return nil }},
	{"exit_archive_successor", false, func(in *Input, s string) error { in.Archive = fact(s); return nil }},
	{"money", false, func(in *Input, s string) error { in.Money = fact(s); return nil }},
	{"staff", false, func(in *Input, s string) error { in.Staff = fact(s); return nil }},
	{"access", false, func(in *Input, s string) error { in.Access = fact(s); return nil }},
	{"custodian", false, func(in *Input, s string) error { in.Custodian = fact(s); return nil }},
	{"place", false, func(in *Input, s string) error { in.Place = s; return nil }},
	{"ends", false, func(in *Input, s string) (err error) { in.Ends, err = date(s); return err }},
	{"evidence", false, func(in *Input, s string) error { in.Source, in.Doubts = sources(s); return nil }},
}

// ParseRegister reads a register: CSV with a line of headers. Columns may stand
// in any order; one that is not known is refused.
func ParseRegister(b []byte) ([]Input, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	head, err := r.Read()
	if err != nil {
		return nil, fault.Invalid("register", "the register has no line of headers: %w", err)
	}
	at := make([]int, len(head))
	for i, name := range head {
		at[i] = slices.IndexFunc(columns, func(c column) bool { return c.name == strings.TrimSpace(name) })
		if at[i] < 0 {
			return nil, fault.Invalid("register", "column %d: %.60q is not known", i+1, name)
		}
		if slices.Contains(at[:i], at[i]) {
			return nil, fault.Invalid("register", "the column %q stands twice", name)
		}
	}
	for i, c := range columns {
		if c.must && !slices.Contains(at, i) {
			return nil, fault.Invalid("register", "the column %q is not there", c.name)
		}
	}
	return readRows(r, at)
}

func readRows(r *csv.Reader, at []int) (out []Input, err error) {
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fault.Invalid("register", "%w", err)
		}
		line, _ := r.FieldPos(0)
		in := Input{Marking: "GREEN", State: Running}
		for i, text := range row {
			if err := columns[at[i]].set(&in, strings.TrimSpace(text)); err != nil {
				return nil, fault.Invalid("register", "line %d, column %q: %w", line, columns[at[i]].name, err)
			}
		}
		if in.Place == "" {
			in.Place = placeOf(in.Code)
		}
		if in.Doubts == "all" {
			in.doubtAll()
		}
		if in.State == Ended && in.Ends.IsZero() {
			in.Ends = endIn(in.Status.Text)
		}
		if err := in.check(); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if slices.ContainsFunc(out, func(x Input) bool { return x.Code == in.Code }) {
			return nil, fault.Invalid("register", "line %d: %s stands twice", line, in.Code)
		}
		out = append(out, in)
	}
}

// mark is how the source marks what is not verified.
var mark = regexp.MustCompile(`\s*\(([^()]*\b)?K\)|\bK\)`)

// fact reads a text with its mark. "-" is nothing.
func fact(s string) Fact {
	if s == "-" {
		return Fact{}
	}
	if s == "K" {
		return Fact{Doubt: true}
	}
	return Fact{Text: s, Doubt: mark.MatchString(s)}
}

// sources splits what the register calls evidence: where a line comes from,
// and what of it is not verified; "all" where nothing is.
func sources(s string) (from, doubts string) {
	for part := range strings.SplitSeq(s, ";") {
		part = strings.TrimSpace(part)
		switch rest, k := strings.CutPrefix(part, "K"); {
		case k && rest == "":
			doubts = "all"
		case k && strings.HasPrefix(rest, " "):
			doubts = strings.TrimSpace(rest)
		default:
			from = strings.Trim(from+"; "+strings.TrimSpace(strings.TrimPrefix(part, "S ")), "; ")
		}
	}
	return from, doubts
}

func (in *Input) doubtAll() {
	for _, f := range []*Fact{&in.Vote, &in.Work, &in.Renewals, &in.Status, &in.Archive} {
		f.Doubt = true
	}
}

// stateOf reads the state out of a status.
func stateOf(s string) string {
	s = strings.ToLower(s)
	for _, p := range []struct{ begins, state string }{
		{"ended", Ended}, {"no renewal", Ended}, {"renewal lost", Ended}, {"reported", Ended}, {"lapsed", Ended},
		{"being set up", Planned}, {"on paper", Planned},
	} {
		if strings.HasPrefix(s, p.begins) {
			return p.state
		}
	}
	return Running
}

// placeOf is the state that a code ends in.
func placeOf(code string) string {
	if p := places[code]; p != "" {
		return p
	}
	if i := strings.LastIndexByte(code, '-'); i >= 0 && len(code)-i == 4 && strings.ToUpper(code) == code {
		return code[i+1:]
	}
	return ""
}

func date(s string) (time.Time, error) {
	if s == "" || s == "-" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, fmt.Errorf("%.40q is not a date like 2026-03-01", s)
	}
	return t, nil
}

var dayForm = regexp.MustCompile(`\b\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}\b`)

// endIn reads the day on which something ended out of words, if one is named.
func endIn(s string) time.Time {
	t, err := time.Parse("2 Jan 2006", dayForm.FindString(s))
	if err != nil {
		return time.Time{}
	}
	return t
}
