package party

import (
	"cmp"
	"slices"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// A Held is a role that a person has in an agency for a time.
type Held struct {
	ID     string    `json:"id,omitempty"` // "RG-1"; "" for a shift of a rota
	Person string    `json:"person"`
	Role   string    `json:"role"`
	Agency string    `json:"agency"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until,omitzero"` // zero: until further notice
	For    string    `json:"for,omitempty"`  // the absent person whose role it is
	OnDuty bool      `json:"on_duty,omitempty"`
}

// during tells whether a span holds a moment. Its end does not belong to it.
func during(from, until, at time.Time) bool {
	return !at.Before(from) && (until.IsZero() || at.Before(until))
}

// RoleInput grants a role. Agency "" is the person's own, From zero is now,
// Until zero is until further notice.
type RoleInput struct {
	Person, Role, Agency string
	From, Until          time.Time
}

// grantOpen is the open part of party.role-granted.
type grantOpen struct {
	ID     string    `json:"id"`
	Person string    `json:"person"`
	Role   string    `json:"role"`
	Agency string    `json:"agency"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until,omitzero"`
}

// GrantRole gives a person a role in an agency for a time.
func GrantRole(tx *record.Tx, in RoleInput) (Held, error) {
	person, err := Standing(tx.View, in.Person)
	if err != nil {
		return Held{}, err
	}
	h := Held{Person: in.Person, Role: in.Role, Agency: cmp.Or(in.Agency, person.Agency), From: micro(in.From), Until: micro(in.Until)}
	if h.From.IsZero() {
		h.From = tx.Now
	}
	if !person.Active {
		return h, fault.Denied("%s is deactivated", person.ID)
	}
	if err := checkRole(h.Role); err != nil {
		return h, err
	}
	if err := checkSpan(h.From, h.Until); err != nil {
		return h, err
	}
	if _, err := GetAgency(tx.View, h.Agency); err != nil {
		return h, err
	}
	all, err := grants(tx.View, h.Person)
	if err != nil {
		return h, err
	}
	for _, g := range all {
		if g.Role == h.Role && g.Agency == h.Agency && overlap(g, h) {
			return h, fault.Exists("%s is %s of %s already, by %s", h.Person, h.Role, h.Agency, g.ID)
		}
	}
	if h.ID, err = tx.NextID("RG"); err != nil {
		return h, err
	}
	_, err = tx.Append(record.Draft{Kind: "party.role-granted", Subjects: []string{h.ID, h.Person, h.Agency},
		Open: grantOpen{h.ID, h.Person, h.Role, h.Agency, h.From, h.Until}})
	return h, err
}

func checkSpan(from, until time.Time) error {
	if !until.IsZero() && !until.After(from) {
		return fault.Invalid("until", "it ends %s, before it begins %s", until.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	return nil
}

func overlap(a, b Held) bool {
	return (a.Until.IsZero() || a.Until.After(b.From)) && (b.Until.IsZero() || b.Until.After(a.From))
}

// endOpen is the open part of party.role-ended.
type endOpen struct {
	ID    string    `json:"id"`
	Until time.Time `json:"until"`
}

// EndRole ends now what was granted, and takes back what was to begin later.
// The last administrator's role cannot be ended.
func EndRole(tx *record.Tx, person, role, agency string) error {
	all, err := grants(tx.View, person)
	if err != nil {
		return err
	}
	ended := 0
	for _, g := range all {
		if g.Role != role || agency != "" && g.Agency != agency || !g.Until.IsZero() && !g.Until.After(tx.Now) {
			continue
		}
		if role == "administrator" {
			if err := anotherAdministrator(tx, person); err != nil {
				return err
			}
		}
		if _, err := tx.Append(record.Draft{Kind: "party.role-ended", Subjects: []string{g.ID, person, g.Agency}, Open: endOpen{g.ID, tx.Now}}); err != nil {
			return err
		}
		ended++
	}
	if ended == 0 {
		return fault.NotFound("%s does not hold the role %s", person, role)
	}
	return nil
}

// anotherAdministrator makes sure that somebody can let people in without the
// one who goes.
func anotherAdministrator(tx *record.Tx, leaving string) error {
	all, err := holding(tx.View, "administrator", tx.Now)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(h Held) bool { return h.Person == leaving }) ||
		slices.ContainsFunc(all, func(h Held) bool { return h.Person != leaving && h.Until.IsZero() }) {
		return nil
	}
	return fault.WithHint(fault.Denied("%s is the last administrator", leaving), "make somebody else an administrator first")
}

// DeputyInput says who stands in for an absent person, and when. Deputy "" says
// that the person is back. From zero is now, Until zero until further notice.
type DeputyInput struct {
	Person, Deputy string
	From, Until    time.Time
}

// deputyOpen is the open part of party.deputy-set.
type deputyOpen struct {
	Person string    `json:"person"`
	Deputy string    `json:"deputy,omitempty"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until,omitzero"`
}

// SetDeputy records an absence: while it lasts, the deputy answers for every
// role of the person. The latest word on a moment counts.
func SetDeputy(tx *record.Tx, in DeputyInput) error {
	subjects := []string{in.Person}
	for _, id := range []string{in.Person, in.Deputy} {
		if id == "" && in.Person != "" {
			continue
		}
		one, err := Standing(tx.View, id)
		if err != nil {
			return err
		}
		if !one.Active {
			return fault.Denied("%s is deactivated", id)
		}
	}
	if in.Deputy == in.Person {
		return fault.Invalid("deputy", "nobody stands in for themselves")
	}
	if in.Deputy != "" {
		subjects = append(subjects, in.Deputy)
	}
	open := deputyOpen{in.Person, in.Deputy, micro(in.From), micro(in.Until)}
	if open.From.IsZero() {
		open.From = tx.Now
	}
	if err := checkSpan(open.From, open.Until); err != nil {
		return err
	}
	_, err := tx.Append(record.Draft{Kind: "party.deputy-set", Subjects: subjects, Open: open})
	return err
}

// A Shift is a person's turn on a rota.
type Shift struct {
	Person string    `json:"person"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
}

// rotaOpen is the open part of party.rota-set.
type rotaOpen struct {
	Role   string  `json:"role"`
	Agency string  `json:"agency"`
	Shifts []Shift `json:"shifts"`
}

// SetRota says who is on duty in a role of an agency from the first shift on.
// What was planned from that moment on is replaced.
func SetRota(tx *record.Tx, role, agency string, shifts []Shift) error {
	if err := checkRole(role); err != nil {
		return err
	}
	if _, err := GetAgency(tx.View, agency); err != nil {
		return err
	}
	if len(shifts) == 0 || len(shifts) > 400 {
		return fault.Invalid("shifts", "%d shifts, must have 1 to 400", len(shifts))
	}
	open := rotaOpen{Role: role, Agency: agency, Shifts: slices.Clone(shifts)}
	slices.SortStableFunc(open.Shifts, func(a, b Shift) int { return a.From.Compare(b.From) })
	id, err := tx.NextID("RT")
	if err != nil {
		return err
	}
	subjects := []string{id, agency}
	for i := range open.Shifts {
		s := &open.Shifts[i]
		s.From, s.Until = micro(s.From), micro(s.Until)
		if s.From.IsZero() || !s.Until.After(s.From) {
			return fault.Invalid("shifts", "the shift of %s ends before it begins", s.Person)
		}
		one, err := Standing(tx.View, s.Person)
		if err != nil {
			return err
		}
		if !one.Active {
			return fault.Denied("%s is deactivated", s.Person)
		}
		if !slices.Contains(subjects, s.Person) {
			subjects = append(subjects, s.Person)
		}
	}
	_, err = tx.Append(record.Draft{Kind: "party.rota-set", Subjects: subjects, Open: open})
	return err
}

// RolesOf returns the roles that a person may act in at a moment: those
// granted, those of a shift, and those of absent people whose deputy they are.
// A deactivated person has none.
func RolesOf(v *record.View, person string, at time.Time) ([]Held, error) {
	one, err := Standing(v, person)
	if err != nil || !one.Active {
		return nil, err
	}
	held, err := ownRoles(v, person, at)
	if err != nil {
		return nil, err
	}
	absent, err := StandsInFor(v, person, at)
	if err != nil {
		return nil, err
	}
	for _, id := range absent {
		theirs, err := ownRoles(v, id, at)
		if err != nil {
			return nil, err
		}
		for _, h := range theirs {
			h.Person, h.For = person, id
			held = append(held, h)
		}
	}
	return held, nil
}

// StandsInFor returns the absent people for whom a person answers at a moment,
// as their deputy or their deputy's deputy.
func StandsInFor(v *record.View, person string, at time.Time) (out []string, err error) {
	seen, queue := map[string]bool{person: true}, []string{person}
	for len(queue) > 0 {
		absent, err := absentFor(v, queue[0], at)
		if err != nil {
			return nil, err
		}
		queue = queue[1:]
		for _, id := range absent {
			if !seen[id] {
				seen[id] = true
				queue, out = append(queue, id), append(out, id)
			}
		}
	}
	return out, nil
}

// ownRoles are those granted to a person or theirs by a shift. One who was
// deactivated has none to pass on.
func ownRoles(v *record.View, person string, at time.Time) ([]Held, error) {
	one, err := Standing(v, person)
	if err != nil || !one.Active {
		return nil, err
	}
	all, err := grants(v, person)
	if err != nil {
		return nil, err
	}
	shifts, err := shiftsOf(v, person, at)
	return append(slices.DeleteFunc(all, func(h Held) bool { return !during(h.From, h.Until, at) }), shifts...), err
}

// absentFor returns the people whose deputy a person is at a moment.
func absentFor(v *record.View, deputy string, at time.Time) (out []string, err error) {
	candidates, err := mayStandFor(v, deputy)
	if err != nil {
		return nil, err
	}
	for _, id := range candidates {
		now, err := deputyOf(v, id, at)
		if err != nil {
			return nil, err
		}
		if now == deputy {
			out = append(out, id)
		}
	}
	return out, nil
}

// HoldersOf returns who answers for a role at a moment: those on duty where a
// rota of their agency says so, else all to whom it was granted; each replaced
// by the deputy while absent. Those on duty come first, then the others in the
// order of the grants; nobody is in it twice for one agency.
func HoldersOf(v *record.View, role string, at time.Time) ([]Held, error) {
	all, err := onDuty(v, role, at)
	if err != nil {
		return nil, err
	}
	granted, err := holding(v, role, at)
	if err != nil {
		return nil, err
	}
	rotas := len(all)
	for _, h := range granted {
		if !slices.ContainsFunc(all[:rotas], func(o Held) bool { return o.Agency == h.Agency }) {
			all = append(all, h)
		}
	}
	var out []Held
	for _, h := range all {
		person, err := standIn(v, h.Person, at)
		if err != nil {
			return nil, err
		}
		if person != h.Person {
			h.Person, h.For = person, h.Person
		}
		if !slices.ContainsFunc(out, func(o Held) bool { return o.Person == h.Person && o.Agency == h.Agency }) {
			out = append(out, h)
		}
	}
	return out, nil
}

// standIn follows deputies to the first one who is there. Where the chain ends
// in a circle or at somebody deactivated, the person answers themselves.
func standIn(v *record.View, person string, at time.Time) (string, error) {
	seen := map[string]bool{}
	for next := person; ; {
		seen[next] = true
		deputy, err := deputyOf(v, next, at)
		if err != nil {
			return "", err
		}
		if deputy == "" {
			return next, nil
		}
		one, err := Standing(v, deputy)
		if err != nil {
			return "", err
		}
		if seen[deputy] || !one.Active {
			return person, nil
		}
		next = deputy
	}
}

// micro is a time as the record keeps it.
func micro(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}
