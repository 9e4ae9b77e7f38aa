package heed

import (
	"cmp"
	"strings"
	"sync"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
)

// What those who gave an item permitted is asked for here and nowhere else:
// whoever decides on an item does it through item, and whoever reads what an
// item says, through shown.

// item is a resource for an item of evidence, as the reader would use it. Those
// who work on its situation are not named by it: that alone opens no evidence.
func (l *look) item(i evidence.Item) access.Resource {
	r, _ := l.itemUsed(i)
	return r
}

// itemUsed is item, and why the use is not permitted. Where that cannot be
// worked out it is not permitted.
func (l *look) itemUsed(i evidence.Item) (access.Resource, string) {
	r := access.Resource{Type: "evidence", ID: i.ID, Situation: first(i.To("situation")), Marking: i.Marking, Author: i.By,
		Agencies: []string{home}, Exercise: l.h.Exercise()}
	use, err := l.use()
	if err == nil {
		use, err = l.onward(i, use)
	}
	if err == nil && i.How == thumbnail {
		err = l.asOriginal(&r, i)
	}
	r.Use = string(use.For)
	if err == nil {
		var all []consent.Permission
		if all, err = l.h.terms.of(l, i); err == nil {
			decide := consent.DecideKept
			if len(use.Via) > 0 { // somebody else gets it
				decide = consent.DecideAll
			}
			d := decide(all, use)
			r.Withheld = !d.Permitted
			if d.Permitted {
				return r, ""
			}
			return r, d.String()
		}
	}
	r.Withheld = true
	return r, "what was permitted cannot be read: " + err.Error()
}

// handed is a resource for an item that goes to somebody else sealed: nobody
// here uses it, and whether the receiver may is decided on its own.
func (l *look) handed(i evidence.Item) access.Resource {
	r := l.item(i)
	r.Use, r.Withheld = "hand-over", false
	return r
}

// use is for what the reader would use an item: as it is said; else those who
// keep the store keep, and everybody else reads.
func (l *look) use() (consent.Use, error) {
	u := l.who.Use
	u.At = l.now
	if u.For == "" {
		u.For = consent.Analysis
		if l.has("custodian") || l.has("focal-point") || l.has("oversight") {
			u.For = consent.Keep
		}
	}
	if l.house.Name == "" {
		a, err := party.GetAgency(l.View, home)
		if err != nil && fault.KindOf(err) != fault.KindNotFound {
			return u, err
		}
		l.house, l.state = consent.Party{Name: cmp.Or(a.Name, home), Classes: []string{cmp.Or(a.Kind, "other")}}, a.Country
	}
	if u.By.Name == "" {
		u.By = l.house
	}
	if u.In == "" && u.By.Name == l.house.Name {
		u.In = l.state
	}
	return u, nil
}

// used words a use that was said.
func used(u consent.Use) string {
	if u.For == "" {
		return ""
	}
	return strings.TrimSpace(strings.Join([]string{string(u.For), u.By.Name, u.In}, " "))
}

// needItem is need for an item. Whoever may read it is told what is in the way.
func (l *look) needItem(action string, i evidence.Item) error {
	r, why := l.itemUsed(i)
	err := l.need(action, r)
	if err != nil && why != "" && l.may(access.EvidenceRead, r) {
		return fault.WithHint(fault.Denied("%s is not used so: %s", i.ID, why), "say for which use it is, if it is another; or ask those whose consent it needs")
	}
	return err
}

// withheld tells whether the reader may not be told what an item says.
func (l *look) withheld(id string) (bool, error) {
	i, err := evidence.Head(l.View, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return true, nil
	}
	if err != nil {
		return true, err
	}
	r, why := l.itemUsed(i)
	return why != "" || !l.may(access.EvidenceRead, r), nil
}

// shown leaves of an item what its reader may be told.
func (l *look) shown(i evidence.Item) evidence.Item {
	if _, why := l.itemUsed(i); why != "" {
		i.Withhold(why)
	}
	return i
}

// terms keeps permissions that were read before, by entry. A full one starts
// again.
type terms struct {
	mu   sync.Mutex
	kept map[int64]consent.Permission
}

const mostTerms = 50_000

func (t *terms) of(l *look, i evidence.Item) ([]consent.Permission, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || len(t.kept) > mostTerms {
		t.kept = map[int64]consent.Permission{}
	}
	return i.Terms(l.View, t.kept)
}

// forget is called where something was erased.
func (t *terms) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = nil
}

// findItem finds an item of evidence by its number.
func (e *eyes) findItem(id string) (action string, r access.Resource, err error) {
	i, err := evidence.Head(e.View, id)
	if err != nil {
		return "", r, err
	}
	return access.EvidenceRead, e.item(i), nil
}
