package series

import (
	"cmp"

	"github.com/heed-project/heed/internal/db"
)

// What happened in a month is kept as changes: each import adds the events it
// brought and takes away the versions of them that were there. Added up to any
// entry they give what was known then, without counting the events again.

// monthKey is a month of one type of violence in a country, in one source.
type monthKey struct {
	country, source string
	kind, month     int
}

func (k monthKey) compare(l monthKey) int {
	return cmp.Or(cmp.Compare(k.country, l.country), cmp.Compare(k.source, l.source), cmp.Compare(k.kind, l.kind), cmp.Compare(k.month, l.month))
}

// sums are events and fatalities.
type sums struct{ n, best, low, high, civilians int }

func (s sums) plus(t sums, sign int) sums {
	return sums{s.n + sign*t.n, s.best + sign*t.best, s.low + sign*t.low, s.high + sign*t.high, s.civilians + sign*t.civilians}
}

// counted is one event as months count it.
type counted struct {
	monthKey
	sums
}

// version is one version of an event.
type version struct {
	id    string
	entry int64
	counted
}

func scanVersion(source string) func(db.Scanner) (version, error) {
	return func(s db.Scanner) (v version, err error) {
		v.source, v.n = source, 1
		err = s.Scan(&v.id, &v.entry, &v.country, &v.kind, &v.month, &v.best, &v.low, &v.high, &v.civilians)
		return v, err
	}
}

// changesOf tells what each entry changed in each month, from all versions of
// the events of a source, those of one event together and the earlier first.
func changesOf(each func(func(version) error) error) (map[int64]map[monthKey]sums, error) {
	out := map[int64]map[monthKey]sums{}
	var before version
	err := each(func(v version) error {
		change := out[v.entry]
		if change == nil {
			change = map[monthKey]sums{}
			out[v.entry] = change
		}
		change[v.monthKey] = change[v.monthKey].plus(v.sums, 1)
		if before.id == v.id {
			change[before.monthKey] = change[before.monthKey].plus(before.sums, -1)
		}
		before = v
		return nil
	})
	return out, err
}
