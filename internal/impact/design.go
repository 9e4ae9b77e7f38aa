package impact

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/heed-project/heed/causal"
	"github.com/heed-project/heed/causal/frame"
	"github.com/heed-project/heed/causal/state"
	"github.com/heed-project/heed/causal/synth"
	"github.com/heed-project/heed/internal/fault"
)

// A Design is the method down to its columns and rows, fixed at registration.
type Design struct {
	Method    string   `json:"method"`
	Time      string   `json:"time"`
	Outcome   string   `json:"outcome"`
	Start     string   `json:"start"`             // the first time affected, as the table writes times
	Where     []string `json:"where,omitempty"`   // COLUMN=VALUE: only such rows
	Missing   string   `json:"missing,omitempty"` // refuse (as when empty) or drop a row without a value
	Unit      string   `json:"unit,omitempty"`
	Treated   []string `json:"treated,omitempty"`
	Exclude   []string `json:"exclude,omitempty"`
	Family    string   `json:"family,omitempty"`
	Offset    string   `json:"offset,omitempty"`
	Harmonics int      `json:"harmonics,omitempty"`
	Period    float64  `json:"period,omitempty"`
	Errors    string   `json:"errors,omitempty"` // shown beside the recommended ones; empty is auto
	Trend     bool     `json:"trend,omitempty"`
	Controls  []string `json:"controls,omitempty"`
	Seed      uint64   `json:"seed,omitempty"`
	Draws     int      `json:"draws,omitempty"` // of the method state; 2,000 when zero
	Steps     float64  `json:"steps,omitempty"` // the same; 0.01 when zero
}

// compared says whether a design compares a unit with others.
func (d *Design) compared() bool {
	return d.Method == Control || d.Method == Diff || d.Method == SynthDiff
}

// Check refuses a design that could not be run on any table. The field of the
// fault is the name of the flag.
func (d *Design) Check() error {
	if !slices.Contains(Methods(), d.Method) {
		return fault.Invalid("method", "%q is not a method: one of %s", d.Method, strings.Join(Methods(), ", "))
	}
	if err := frame.Readable(d.Start); err != nil {
		return fault.Invalid("start", "%w", err)
	}
	for _, check := range []func() error{d.units, d.foreign, d.columns, d.rows, d.regression, d.sampling} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// foreign refuses what the method would not look at: a choice that is written
// down and not followed misleads.
func (d *Design) foreign() error {
	regression := d.Method == Series
	for _, f := range []struct {
		name       string
		given, may bool
	}{
		{"unit", d.Unit != "", d.compared()}, {"treated", len(d.Treated) > 0, d.compared()}, {"exclude", len(d.Exclude) > 0, d.compared()},
		{"family", d.Family != "", regression}, {"offset", d.Offset != "", regression}, {"harmonics", d.Harmonics != 0, regression},
		{"period", d.Period != 0, regression}, {"errors", d.Errors != "", regression}, {"model", d.Trend, regression},
		{"control", len(d.Controls) > 0, !d.compared()}, {"draws", d.Draws != 0, d.Method == State}, {"steps", d.Steps != 0, d.Method == State},
	} {
		switch {
		case !f.given || f.may:
		case f.name == "unit" || f.name == "treated" || f.name == "exclude":
			return fault.Invalid(f.name, "%s looks at one place and compares with none: leave %s out, or choose sc, did or sdid", d.Method, f.name)
		default:
			return fault.Invalid(f.name, "the method %s has no %s: leave it out", d.Method, f.name)
		}
	}
	return nil
}

// columns refuses a column that is missing or has two roles.
func (d *Design) columns() error {
	role := map[string]string{}
	take := func(name, column string) error {
		if before, taken := role[column]; taken {
			return fault.Invalid(name, "the column %s is the %s already: a column has one role", column, before)
		}
		role[column] = name
		return nil
	}
	for _, c := range []struct{ name, column string }{{"time", d.Time}, {"outcome", d.Outcome}, {"unit", d.Unit}, {"offset", d.Offset}} {
		if c.column == "" {
			continue
		}
		if err := take(c.name, c.column); err != nil {
			return err
		}
	}
	for _, c := range d.Controls {
		switch {
		case strings.TrimSpace(c) == "":
			return fault.Invalid("control", "a control without a name")
		case d.Method == Series && causal.Reserved(c):
			return fault.Invalid("control", "the regression has a coefficient %s of its own: rename the column", c)
		}
		if err := take("control", c); err != nil {
			return err
		}
	}
	return nil
}

// rows checks which rows are meant.
func (d *Design) rows() error {
	seen := map[string]bool{}
	for _, w := range d.Where {
		column, _, err := frame.Condition(w)
		switch {
		case err != nil:
			return fault.Invalid("where", "%w", err)
		case column == d.Outcome || column == d.Time || column == d.Unit:
			return fault.Invalid("where", "%s chooses rows by the column %s, which the analysis is about", w, column)
		case seen[column]:
			return fault.Invalid("where", "two conditions on the column %s: no row meets both", column)
		}
		seen[column] = true
	}
	if d.Missing != "" && d.Missing != "refuse" && d.Missing != "drop" {
		return fault.Invalid("missing", "%q: refuse or drop", d.Missing)
	}
	return nil
}

// units checks who is treated and who is compared with.
func (d *Design) units() error {
	if !d.compared() {
		return nil
	}
	if d.Unit == "" || len(d.Treated) == 0 {
		return fault.Invalid("treated", "a comparison needs the column of units and the treated unit")
	}
	seen := map[string]bool{}
	for i, name := range slices.Concat(d.Treated, d.Exclude) {
		field := "treated"
		if i >= len(d.Treated) {
			field = "exclude"
		}
		if strings.TrimSpace(name) == "" {
			return fault.Invalid(field, "a unit without a name")
		}
		if seen[name] {
			return fault.Invalid(field, "the unit %q is named twice", name)
		}
		seen[name] = true
	}
	return nil
}

// regression checks what an interrupted time series needs.
func (d *Design) regression() error {
	if d.Method != Series {
		return nil
	}
	s := causal.Series{Family: causal.Family(d.Family), Harmonics: d.Harmonics, Period: d.Period}
	var err error
	if s.Errors, s.Lag, err = causal.ParseErrors(d.Errors); err != nil {
		return fault.Invalid("errors", "%w", err)
	}
	if d.Offset != "" {
		s.Offset = []float64{}
	}
	if field, err := s.Options(); err != nil {
		return fault.Invalid(field, "%w", err)
	}
	return nil
}

// sampling checks the draws of a local level.
func (d *Design) sampling() error {
	if d.Draws != 0 {
		if err := state.CheckDraws(d.Draws); err != nil {
			return fault.Invalid("draws", "%w", err)
		}
	}
	if d.Steps != 0 {
		if err := state.CheckSteps(d.Steps); err != nil {
			return fault.Invalid("steps", "%w", err)
		}
	}
	return nil
}

// Table reads the rows that are meant, and says how many were left out because
// a value is missing in them.
func (d *Design) Table(data io.Reader) (t *frame.Table, dropped int, err error) {
	if t, err = frame.Parse(data); err != nil {
		return nil, 0, err
	}
	if t, err = t.Select(d.Where); err != nil {
		return nil, 0, err
	}
	for _, name := range d.Exclude { // before it is read: an excluded unit may have holes
		if t, err = t.Except(d.Unit, name); err != nil {
			return nil, 0, err
		}
	}
	if d.Missing != "drop" {
		return t, 0, nil
	}
	var columns []string
	for _, c := range slices.Concat([]string{d.Time, d.Outcome, d.Unit, d.Offset}, d.Controls) {
		if c != "" {
			columns = append(columns, c)
		}
	}
	return t.Complete(columns...)
}

// line is one place over time, read in the order of time.
type line struct {
	at       []float64
	label    []string
	outcome  []float64
	offset   []float64
	controls []causal.Control
	start    frame.Instant
}

func (d *Design) line(t *frame.Table) (l line, err error) {
	clock, err := t.Clock(d.Time)
	if err != nil {
		return l, err
	}
	if err := t.Single(d.Time, clock); err != nil {
		return l, err
	}
	if l.start, err = clock.Instant(d.Start); err != nil {
		return l, fault.Invalid("start", "%w", err)
	}
	order := clock.Order()
	l.at, l.label = frame.Reorder(clock.At, order), frame.Reorder(clock.Label, order)
	read := func(name string) (x []float64) {
		if err == nil {
			x, err = t.Floats(name)
		}
		return frame.Reorder(x, order)
	}
	l.outcome = read(d.Outcome)
	if d.Offset != "" {
		l.offset = read(d.Offset)
	}
	for _, name := range d.Controls {
		l.controls = append(l.controls, causal.Control{Name: name, Values: read(name)})
	}
	return l, err
}

// Series reads an interrupted time series out of its table.
func (d *Design) Series(t *frame.Table) (*causal.Series, frame.Instant, error) {
	l, err := d.line(t)
	if err != nil {
		return nil, l.start, err
	}
	s := &causal.Series{Time: l.at, Label: l.label, Outcome: l.outcome, Offset: l.offset, Start: l.start.At, Family: causal.Family(d.Family),
		Harmonics: d.Harmonics, Period: d.Period, Controls: l.controls, Trend: d.Trend}
	s.Errors, s.Lag, err = causal.ParseErrors(d.Errors)
	return s, l.start, err
}

// Question reads what a local level is asked.
func (d *Design) Question(t *frame.Table) (*state.Question, frame.Instant, error) {
	l, err := d.line(t)
	if err != nil {
		return nil, l.start, err
	}
	after := slices.IndexFunc(l.at, func(x float64) bool { return x >= l.start.At })
	if after < 0 {
		after = len(l.at)
	}
	return &state.Question{Label: l.label, Outcome: l.outcome, Controls: l.controls, After: after, Seed: d.Seed, Draws: d.Draws, Steps: d.Steps}, l.start, nil
}

// Panel reads the units and what is asked of them.
func (d *Design) Panel(t *frame.Table) (*synth.Panel, synth.Question, frame.Instant, error) {
	q := synth.Question{Treated: d.Treated, Method: synth.Method(d.Method)}
	p, err := synth.Read(t, d.Unit, d.Time, d.Outcome)
	if err != nil {
		return nil, q, frame.Instant{}, err
	}
	start, err := p.Clock.Instant(d.Start)
	if err != nil {
		return nil, q, start, fault.Invalid("start", "%w", err)
	}
	q.Start = start.At
	return p, q, start, nil
}

// Remedy returns the flag that would let a table be read that was refused, or
// "" where no flag would.
func Remedy(err error) string {
	if e := (*frame.Several)(nil); errors.As(err, &e) && e.Apart != "" {
		return "--where '" + e.Apart + "=" + e.Values[0] + "'"
	}
	e := (*frame.Error)(nil)
	switch {
	case !errors.As(err, &e):
	case strings.HasSuffix(e.Reason, "is missing"):
		return "--missing drop"
	case strings.HasSuffix(e.Reason, "every unit needs every time"):
		return "--exclude NAME"
	}
	return ""
}

// Command writes a design as the command that runs it on a table without a
// node, so that anybody can do it again.
func (d *Design) Command() string {
	name, plain := d.Method, map[string]string{Series: "its", State: "state"}
	var b strings.Builder
	add := func(flag string, values ...string) {
		for _, v := range values {
			if v != "" {
				fmt.Fprintf(&b, " --%s %s", flag, quoted(v))
			}
		}
	}
	if plain[name] == "" {
		b.WriteString("heed impact synth")
		add("method", name)
		b.WriteString(" --placebo")
	} else {
		b.WriteString("heed impact " + plain[name])
	}
	add("data", "FILE")
	add("time", d.Time)
	add("outcome", d.Outcome)
	add("start", d.Start)
	add("where", d.Where...)
	if d.Missing == "drop" {
		add("missing", d.Missing)
	}
	add("unit", d.Unit)
	add("treated", d.Treated...)
	add("exclude", d.Exclude...)
	add("family", d.Family)
	add("offset", d.Offset)
	if d.Harmonics > 0 {
		add("harmonics", strconv.Itoa(d.Harmonics))
		add("period", strconv.FormatFloat(d.Period, 'g', -1, 64))
	}
	if d.Method == Series {
		add("errors", cmp.Or(d.Errors, string(causal.Recommended)))
	}
	if d.Trend {
		add("model", "level+trend")
	}
	add("control", d.Controls...)
	if d.Method == State {
		add("seed", strconv.FormatUint(d.Seed, 10))
		if d.Draws > 0 {
			add("draws", strconv.Itoa(d.Draws))
		}
		if d.Steps > 0 {
			add("steps", strconv.FormatFloat(d.Steps, 'g', -1, 64))
		}
	}
	return b.String()
}

// quoted writes a word as a shell takes it.
func quoted(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.:=/") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
