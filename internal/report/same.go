package report

import (
	"slices"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// Join says, for a reason, that a report tells the same as an earlier one. From
// then on it stands behind the first: what the first is used in and leads to
// is also its own fate, and its reporter can read that under the receipt that
// she has. Until somebody has said so, one that came again word for word shares
// nothing with the first.
func Join(tx *record.Tx, id, first, why string) (Report, error) {
	r, err := standing(tx.View, id)
	if err != nil {
		return r, err
	}
	f, err := standing(tx.View, first)
	if fault.KindOf(err) == fault.KindNotFound {
		err = fault.Invalid("first", "%w", err)
	}
	switch {
	case err != nil:
		return r, err
	case id == first:
		return r, fault.Invalid("first", "%s cannot tell the same as itself: name the other report", id)
	case r.Joined > 0:
		return r, fault.Exists("%s was said to tell the same as %s: part them first", id, r.RepeatOf)
	case r.RepeatOf != "" && r.RepeatOf != first:
		return r, fault.Invalid("first", "%s has the words of %s: name that one", id, r.RepeatOf)
	case f.RepeatOf != "":
		return r, fault.Invalid("first", "%s tells the same as %s: name that one", first, f.RepeatOf)
	case r.Repeats > 0:
		return r, fault.Invalid("first", "others tell the same as %s: part them from it first, or name it as the first", id)
	}
	return setSame(tx, r, "report.joined", first, why)
}

// Part takes back, for a reason, what Join said: the report stands alone again.
// One that came word for word cannot, because its words are those of the first.
func Part(tx *record.Tx, id, why string) (Report, error) {
	r, err := Get(tx.View, id)
	switch {
	case err != nil:
		return r, err
	case r.RepeatOf == "":
		return r, fault.Stale("%s stands alone already", id)
	case r.Text == "":
		return r, fault.Stale("%s has no words but those of %s: it cannot stand alone", id, r.RepeatOf)
	}
	return setSame(tx, r, "report.parted", r.RepeatOf, why)
}

func setSame(tx *record.Tx, r Report, kind, first, why string) (Report, error) {
	sealed, err := because("reason", why)
	if err == nil && sealed == nil {
		err = fault.Invalid("reason", "say why, for those who must be able to judge it later")
	}
	if err != nil {
		return r, err
	}
	// The header, which may be public, does not say of which other report.
	return appended(tx, r, record.Draft{Kind: kind, Subjects: []string{r.ID}, Open: link{ID: r.ID, To: first}, Sealed: sealed})
}

// partAll lets those that tell the same as a report stand alone again, before
// it is withdrawn: what others told stands.
func partAll(tx *record.Tx, first, why string) error {
	f := Filter{Repeating: first, Limit: 500}
	for {
		all, err := List(tx.View, f)
		if err != nil || len(all) == 0 {
			return err
		}
		for _, r := range all {
			f.Before = r.Entry
			if r.Joined == 0 || r.Text == "" {
				continue
			}
			if _, err := setSame(tx, r, "report.parted", first, why); err != nil {
				return err
			}
		}
	}
}

// share adds to the fate of a joined report what became of the first, from
// the moment at which they were joined.
func (f *Fate) share(v *record.View, r Report) error {
	joined, err := v.Entry(r.Joined)
	if err != nil {
		return err
	}
	steps, err := readSteps(v.Tx, r.RepeatOf)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if s.State == Withdrawn || slices.ContainsFunc(f.Steps, func(x Step) bool { return x.State == s.State && x.In == s.In }) {
			continue
		}
		if s.At.Before(joined.Time) {
			s.At = joined.Time
		}
		f.Steps = append(f.Steps, s)
		if order := States(); f.State != Withdrawn && slices.Index(order, s.State) > slices.Index(order, f.State) {
			f.State = s.State
		}
	}
	return nil
}
