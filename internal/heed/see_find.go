package heed

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/assessment"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/situation"
	"github.com/heed-project/heed/internal/warning"
)

// A Hit is one thing found.
type Hit struct {
	Kind  string    `json:"kind"` // situation, report, assessment, warning, duty, decision, person, entry
	ID    string    `json:"id"`
	Title string    `json:"title,omitempty"`
	Level int       `json:"level,omitempty"`
	At    time.Time `json:"at,omitzero"`
}

var entryForm = regexp.MustCompile(`^(?i:E-)?[0-9]{1,15}$`)

// mostHits is how many things one search finds.
const mostHits = 50

// Find searches by reference ("W-3", "E-120", "120") or by the name of a
// situation or a person. It finds what the reader may read.
func (h *Heed) Find(ctx context.Context, who Who, q string) (out []Hit, err error) {
	q = strings.Join(strings.Fields(q), " ")
	err = h.listed(ctx, who, func(l *eyes) error {
		out = []Hit{}
		if q == "" {
			return nil
		}
		one, ok, err := l.byReference(strings.ToUpper(q))
		switch {
		case fault.KindOf(err) == fault.KindNotFound || err == nil && !ok:
			out, err = l.byName(strings.ToLower(q))
		case err == nil:
			out = append(out, one)
		}
		return err
	})
	return out, err
}

// byReference finds one thing by its id.
func (l *eyes) byReference(id string) (hit Hit, ok bool, err error) {
	prefix, _, _ := strings.Cut(id, "-")
	switch {
	case entryForm.MatchString(id):
		return l.hitEntry(strings.TrimPrefix(id, "E-"))
	case prefix == "S":
		return l.hitSituation(id)
	case prefix == "R":
		return l.hitReport(id)
	case prefix == "A":
		return l.hitAssessment(id)
	case prefix == "W":
		return l.hitWarning(id)
	case prefix == "D":
		return l.hitDuty(id)
	case prefix == "DEC":
		return l.hitDecision(id)
	case prefix == "IMP":
		return l.hitImpact(id)
	}
	return hit, false, nil
}

func (l *eyes) hitEntry(n string) (Hit, bool, error) {
	index, err := strconv.ParseInt(n, 10, 64)
	if err != nil {
		return Hit{}, false, err
	}
	e, err := l.knownEntry(index)
	return Hit{"entry", fmt.Sprintf("E-%d", index), e.Kind, 0, e.Time}, err == nil, err
}

func (l *eyes) hitSituation(id string) (Hit, bool, error) {
	s, err := situation.Get(l.View, id)
	if err != nil || !l.may(access.SituationRead, l.situation(s)) {
		return Hit{}, false, err
	}
	level, err := l.level(s.ID)
	return Hit{"situation", s.ID, s.Name, level, s.Opened}, true, err
}

func (l *eyes) hitReport(id string) (Hit, bool, error) {
	r, err := report.Get(l.View, id)
	if err != nil {
		return Hit{}, false, err
	}
	if ok, err := l.readable(id); err != nil || !ok {
		return Hit{}, false, err
	}
	return Hit{"report", r.ID, r.Title, 0, r.Received}, true, nil
}

func (l *eyes) hitAssessment(id string) (Hit, bool, error) {
	a, err := assessment.Get(l.View, id)
	if err != nil {
		return Hit{}, false, err
	}
	if ok, err := l.readable(id); err != nil || !ok {
		return Hit{}, false, err
	}
	return Hit{"assessment", a.ID, l.situationRef(a.Situation).Name, 0, a.Started}, true, nil
}

func (l *eyes) hitWarning(id string) (Hit, bool, error) {
	w, err := warning.Get(l.View, id)
	if err != nil {
		return Hit{}, false, err
	}
	if ok, err := l.readable(id); err != nil || !ok {
		return Hit{}, false, err
	}
	return Hit{"warning", w.ID, l.situationRef(w.Situation).Name, w.Level, w.Issued}, true, nil
}

func (l *eyes) hitDuty(id string) (Hit, bool, error) {
	d, err := response.Get(l.View, id)
	if err != nil {
		return Hit{}, false, err
	}
	if ok, err := l.readable(id); err != nil || !ok {
		return Hit{}, false, err
	}
	words, err := response.ReadWords(l.View, d)
	t, err := text(words.Title.In(l.lang), err)
	return Hit{"duty", d.ID, t.Body, d.Level, d.DueAt}, true, err
}

func (l *eyes) hitDecision(id string) (Hit, bool, error) {
	d, err := decision.Get(l.View, id)
	if err != nil {
		return Hit{}, false, err
	}
	if ok, err := l.readable(id); err != nil || !ok {
		return Hit{}, false, err
	}
	return Hit{"decision", d.ID, l.situationRef(d.Situation).Name, 0, d.Drafted}, true, nil
}

// byName finds situations and people whose names hold the words.
func (l *eyes) byName(q string) (out []Hit, err error) {
	out = []Hit{}
	all, err := situation.List(l.View, situation.Filter{})
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if len(out) >= mostHits || !strings.Contains(strings.ToLower(s.Name+" "+s.Area+" "+s.Country), q) {
			continue
		}
		hit, ok, err := l.hitSituation(s.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, hit)
		}
	}
	if !l.may(access.PeopleRead, l.node()) {
		return out, nil
	}
	people, err := party.People(l.View, party.Filter{All: true})
	for _, p := range people {
		if len(out) < mostHits && (strings.EqualFold(p.ID, q) || strings.Contains(strings.ToLower(p.Name), q)) {
			out = append(out, Hit{"person", p.ID, p.Name, 0, p.Since})
		}
	}
	return out, err
}
