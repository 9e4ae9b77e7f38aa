package party_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/testkit"
	"pgregory.net/rapid"
)

// office is a record with its desk. day is the moment of its next command.
type office struct {
	testing.TB
	rec  *record.Record
	desk *party.Party
	day  time.Time
}

var monday = time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)

func open(t testing.TB, url string) *office {
	dir := t.TempDir()
	file, err := keys.NewFile(filepath.Join(dir, "node.key"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.Create(dir, "heed.example/test", file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(context.Background(), db.Source{Path: filepath.Join(dir, "heed.db"), Key: k.Database(), URL: url, Fleeting: true})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := record.Open(context.Background(), d, k, record.Options{FoundedAt: monday.Add(-time.Hour)}, party.Module())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rec.Close(); d.Close() })
	return &office{t, rec, party.New(rec), monday}
}

func each(t *testing.T, f func(*testing.T, *office)) {
	testkit.Databases(t, func(t *testing.T, url string) {
		o := open(t, url)
		f(t, o)
		o.sound()
	})
}

// sound holds the tables against the entries.
func (o *office) sound() {
	o.Helper()
	r, err := o.rec.Rebuild(context.Background(), nil)
	if err != nil || !r.Identical {
		o.Errorf("rebuild: %+v, %v", r, err)
	}
}

func (o *office) do(f func(*record.Tx) error) error {
	return o.rec.Do(context.Background(), record.By{Person: "P-1", At: o.day}, f)
}

func (o *office) must(f func(*record.Tx) error) {
	o.Helper()
	if err := o.do(f); err != nil {
		o.Fatal(err)
	}
}

func (o *office) view(f func(*record.View) error) {
	o.Helper()
	if err := o.rec.View(context.Background(), f); err != nil {
		o.Fatal(err)
	}
}

// agency and person enter one and return the id.
func (o *office) agency(name string) (id string) {
	o.Helper()
	o.must(func(tx *record.Tx) error {
		a, err := o.desk.AddAgency(tx, party.AgencyInput{Name: name, Kind: "ministry"})
		id = a.ID
		return err
	})
	return id
}

func (o *office) person(agency, name, mail string, roles ...string) (id string) {
	o.Helper()
	o.must(func(tx *record.Tx) error {
		p, err := o.desk.AddPerson(tx, party.PersonInput{Name: name, Email: mail, Agency: agency})
		id = p.ID
		for _, r := range roles {
			if err == nil {
				_, err = party.GrantRole(tx, party.RoleInput{Person: id, Role: r})
			}
		}
		return err
	})
	return id
}

// holders says who answers for a role, as "P-2" or "P-3 for P-2".
func (o *office) holders(role string, at time.Time) string {
	o.Helper()
	var out []string
	o.view(func(v *record.View) error {
		all, err := party.HoldersOf(v, role, at)
		for _, h := range all {
			if h.For != "" {
				h.Person += " for " + h.For
			}
			out = append(out, h.Person)
		}
		return err
	})
	return strings.Join(out, ", ")
}

func (o *office) roles(person string, at time.Time) string {
	o.Helper()
	var out []string
	o.view(func(v *record.View) error {
		all, err := party.RolesOf(v, person, at)
		for _, h := range all {
			out = append(out, h.Role)
		}
		return err
	})
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func TestPeopleAreFoundByWhatOneCallsThem(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ag := o.agency("Ministry of the Exterior")
		ana := o.person(ag, "Ána  Lima", "Ana.Lima@mfa.example", "focal-point")
		one := o.person(ag, "Sam Otieno", "sam1@mfa.example", "analyst")
		o.person(ag, "Sam Otieno", "sam2@mfa.example", "analyst")
		left := o.person(ag, "Lea Roth", "lea@mfa.example")
		o.must(func(tx *record.Tx) error { return party.Deactivate(tx, left, "moved to another post") })
		for _, c := range []struct {
			ref, want string
			kind      fault.Kind
			says      string
		}{
			{ana, ana, 0, ""}, {"p-1", ana, 0, ""}, {"ana.lima@MFA.example", ana, 0, ""},
			{"ÁNA LIMA", ana, 0, ""}, {"a\u0301na lima", ana, 0, ""}, {" focal-point ", ana, 0, ""},
			{"sam1@mfa.example", one, 0, ""},
			{"Sam Otieno", "", fault.KindInvalid, "P-2 (Sam Otieno, AG-1), P-3 (Sam Otieno, AG-1)"},
			{"analyst", "", fault.KindInvalid, "P-2"},
			{"Ana", "", fault.KindNotFound, "nobody here"}, {"director", "", fault.KindNotFound, ""},
			{"Lea Roth", "", fault.KindNotFound, ""}, {left, "", fault.KindDenied, "deactivated"}, {"", "", fault.KindNotFound, ""},
		} {
			o.view(func(v *record.View) error {
				got, err := o.desk.Find(v, c.ref)
				if fault.KindOf(err) != c.kind || err == nil && got.ID != c.want || err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("%q is %s, %v; want %s, %v", c.ref, got.ID, err, c.want, c.kind)
				}
				return nil
			})
		}
		o.view(func(v *record.View) error {
			got, err := party.GetPerson(v, ana)
			if err != nil || got.Name != "Ána Lima" || got.Email != "Ana.Lima@mfa.example" || got.TimeZone != "UTC" || !got.Active {
				t.Errorf("%+v, %v", got, err)
			}
			if a, err := o.desk.FindAgency(v, "ministry of the exterior"); err != nil || a.ID != ag {
				t.Errorf("%+v, %v", a, err)
			}
			active, err := party.People(v, party.Filter{})
			all, err2 := party.People(v, party.Filter{All: true, Agency: ag})
			if len(active) != 3 || len(all) != 4 || all[3].Left.IsZero() {
				t.Errorf("%d active of %d, %v, %v", len(active), len(all), err, err2)
			}
			return nil
		})
	})
}

func TestBadInputIsNamed(t *testing.T) {
	o := open(t, "")
	ag := o.agency("Ministry")
	o.person(ag, "Ana", "ana@mfa.example", "administrator")
	person := func(in party.PersonInput) func(*record.Tx) error {
		return func(tx *record.Tx) error { _, err := o.desk.AddPerson(tx, in); return err }
	}
	role := func(in party.RoleInput) func(*record.Tx) error {
		return func(tx *record.Tx) error { _, err := party.GrantRole(tx, in); return err }
	}
	for name, c := range map[string]struct {
		f     func(*record.Tx) error
		kind  fault.Kind
		field string
	}{
		"no name":        {person(party.PersonInput{Agency: ag}), fault.KindInvalid, "name"},
		"control":        {person(party.PersonInput{Name: "a\x00b", Agency: ag}), fault.KindInvalid, "name"},
		"no agency":      {person(party.PersonInput{Name: "B"}), fault.KindInvalid, "agency"},
		"mail":           {person(party.PersonInput{Name: "B", Agency: ag, Email: "B <b@c>"}), fault.KindInvalid, "email"},
		"mail taken":     {person(party.PersonInput{Name: "B", Agency: ag, Email: "ANA@mfa.example"}), fault.KindExists, ""},
		"language":       {person(party.PersonInput{Name: "B", Agency: ag, Languages: []string{"English"}}), fault.KindInvalid, "languages"},
		"zone":           {person(party.PersonInput{Name: "B", Agency: ag, TimeZone: "Local"}), fault.KindInvalid, "time_zone"},
		"role":           {role(party.RoleInput{Person: "P-1", Role: "Chief of Staff"}), fault.KindInvalid, "role"},
		"role twice":     {role(party.RoleInput{Person: "P-1", Role: "administrator"}), fault.KindExists, ""},
		"role of nobody": {role(party.RoleInput{Person: "P-9", Role: "analyst"}), fault.KindNotFound, ""},
		"role backwards": {role(party.RoleInput{Person: "P-1", Role: "analyst", Until: monday.Add(-time.Hour)}), fault.KindInvalid, "until"},
		"agency twice": {func(tx *record.Tx) error {
			_, err := o.desk.AddAgency(tx, party.AgencyInput{Name: "MINISTRY"})
			return err
		}, fault.KindExists, ""},
		"agency kind": {func(tx *record.Tx) error {
			_, err := o.desk.AddAgency(tx, party.AgencyInput{Name: "x", Kind: "y"})
			return err
		}, fault.KindInvalid, "kind"},
		"own deputy": {func(tx *record.Tx) error { return party.SetDeputy(tx, party.DeputyInput{Person: "P-1", Deputy: "P-1"}) }, fault.KindInvalid, "deputy"},
		"rota": {func(tx *record.Tx) error {
			return party.SetRota(tx, "duty-officer", ag, []party.Shift{{Person: "P-1", From: monday}})
		}, fault.KindInvalid, "shifts"},
		"last admin":     {func(tx *record.Tx) error { return party.EndRole(tx, "P-1", "administrator", "") }, fault.KindDenied, ""},
		"last admin out": {func(tx *record.Tx) error { return party.Deactivate(tx, "P-1", "left") }, fault.KindDenied, ""},
		"end of none":    {func(tx *record.Tx) error { return party.EndRole(tx, "P-1", "analyst", "") }, fault.KindNotFound, ""},
	} {
		if err := o.do(c.f); fault.KindOf(err) != c.kind || fault.Field(err) != c.field {
			t.Errorf("%s: %v (%v, field %q)", name, err, fault.KindOf(err), fault.Field(err))
		}
	}
	o.sound()
}

func TestRolesAreHeldForATime(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ag := o.agency("Ministry")
		o.person(ag, "Admin", "", "administrator")
		ana := o.person(ag, "Ana", "")
		day := 24 * time.Hour
		o.must(func(tx *record.Tx) error {
			_, err := party.GrantRole(tx, party.RoleInput{Person: ana, Role: "director", From: monday.Add(day), Until: monday.Add(3 * day)})
			return err
		})
		for at, want := range map[time.Duration]string{0: "", day - 1000: "", day: ana, 3*day - 1000: ana, 3 * day: ""} {
			if got := o.holders("director", monday.Add(at)); got != want {
				t.Errorf("after %v: %q, want %q", at, got, want)
			}
		}
		o.day = monday.Add(2 * day)
		o.must(func(tx *record.Tx) error { return party.EndRole(tx, ana, "director", ag) })
		if before, after := o.roles(ana, o.day.Add(-1000)), o.roles(ana, o.day); before != "director" || after != "" {
			t.Errorf("before the end %q, after it %q", before, after)
		}
		// the same role can be held again
		o.must(func(tx *record.Tx) error {
			_, err := party.GrantRole(tx, party.RoleInput{Person: ana, Role: "director"})
			return err
		})
		if got := o.holders("director", o.day); got != ana {
			t.Errorf("held again: %q", got)
		}
	})
}

func TestDeputiesAnswerWhileTheOtherIsAbsent(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ag := o.agency("Ministry")
		ana, ben, cyr := o.person(ag, "Ana", "", "focal-point"), o.person(ag, "Ben", "", "analyst"), o.person(ag, "Cyr", "", "administrator")
		day := 24 * time.Hour
		away := func(who, deputy string, from, days time.Duration) {
			o.must(func(tx *record.Tx) error {
				in := party.DeputyInput{Person: who, Deputy: deputy, From: monday.Add(from * day)}
				if days > 0 {
					in.Until = in.From.Add(days * day)
				}
				return party.SetDeputy(tx, in)
			})
		}
		check := func(after time.Duration, want string) {
			t.Helper()
			if got := o.holders("focal-point", monday.Add(after*day)); got != want {
				t.Errorf("day %d: %q, want %q", after, got, want)
			}
		}
		away(ana, ben, 1, 5)
		check(0, ana)
		check(1, ben+" for "+ana)
		check(6, ana)
		away(ben, cyr, 2, 1) // the deputy's deputy
		check(2, cyr+" for "+ana)
		if got := o.roles(cyr, monday.Add(2*day)); got != "administrator, analyst, focal-point" {
			t.Errorf("roles of the deputy's deputy: %q", got)
		}
		o.view(func(v *record.View) error {
			all, err := party.StandsInFor(v, cyr, monday.Add(2*day))
			if err != nil || strings.Join(all, " ") != ben+" "+ana {
				t.Errorf("the deputy's deputy stands in for %v, %v", all, err)
			}
			return nil
		})
		away(cyr, ana, 2, 1) // a circle: nobody is there, so the first answers
		check(2, ana)
		away(ana, "", 4, 0) // back early
		check(3, ben+" for "+ana)
		check(4, ana)
		if got := o.roles(ben, monday.Add(4*day)); got != "analyst" {
			t.Errorf("roles of the former deputy: %q", got)
		}
		away(ana, ben, 10, 5)
		o.must(func(tx *record.Tx) error { return party.Deactivate(tx, ben, "left the service") })
		check(11, ana)
		if got := o.roles(ben, monday); got != "" {
			t.Errorf("roles of one who left: %q", got)
		}
		o.must(func(tx *record.Tx) error { return o.desk.Reinstate(tx, ben, "came back") })
		check(11, ben+" for "+ana)
	})
}

func TestTheRotaSaysWhoIsOnDuty(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ag, other := o.agency("Ministry"), o.agency("Mission")
		ana, ben := o.person(ag, "Ana", "", "duty-officer", "administrator"), o.person(ag, "Ben", "")
		far := o.person(other, "Far", "", "duty-officer")
		hours := func(n int) time.Time { return monday.Add(time.Duration(n) * time.Hour) }
		rota := func(shifts ...party.Shift) {
			o.must(func(tx *record.Tx) error { return party.SetRota(tx, "duty-officer", ag, shifts) })
		}
		check := func(hour int, want string) {
			t.Helper()
			if got := o.holders("duty-officer", hours(hour)); got != want {
				t.Errorf("hour %d: %q, want %q", hour, got, want)
			}
		}
		rota(party.Shift{Person: ana, From: hours(8), Until: hours(16)}, party.Shift{Person: ben, From: hours(0), Until: hours(8)})
		check(0, ben+", "+far)
		check(8, ana+", "+far)
		check(16, ana+", "+far) // no shift: those with the role
		if got := o.roles(ben, hours(7)) + "|" + o.roles(ben, hours(8)); got != "duty-officer|" {
			t.Errorf("roles of a shift: %q", got)
		}
		rota(party.Shift{Person: ben, From: hours(10), Until: hours(20)}) // from ten on it is otherwise
		check(9, ana+", "+far)
		check(10, ben+", "+far)
		check(15, ben+", "+far)
		o.view(func(v *record.View) error {
			all, err := party.Rota(v, "duty-officer", ag, hours(0))
			if err != nil || len(all) != 3 || !all[1].Until.Equal(hours(10)) {
				t.Errorf("%+v, %v", all, err)
			}
			return nil
		})
	})
}

// TestNothingPersonalIsOpen looks for a person's words in every open part.
func TestNothingPersonalIsOpen(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ag := o.agency("Canary Ministry")
		ana := o.person(ag, "Ana Canary", "ana@canary.example", "administrator")
		o.must(func(tx *record.Tx) error {
			_, err := o.desk.ChangePerson(tx, ana, party.PersonInput{Name: "Ana Canary-Lima", Email: "ana@canary.example", Languages: []string{"pt", "fr"}, TimeZone: "America/Sao_Paulo"})
			return err
		})
		o.view(func(v *record.View) error {
			h, err := v.History(ana)
			if err != nil || len(h) != 3 {
				t.Errorf("%d entries, %v", len(h), err)
			}
			for _, e := range h {
				if low := strings.ToLower(string(e.Open)); strings.Contains(low, "canary") || strings.Contains(low, "paulo") || strings.Contains(low, `"pt"`) {
					t.Errorf("entry %d says %s openly", e.Index, e.Open)
				}
			}
			return nil
		})
		if err := o.rec.Erase(context.Background(), record.By{Person: ana, At: o.day}, ana, "own request"); err != nil {
			t.Fatal(err)
		}
		o.view(func(v *record.View) error {
			got, err := party.GetPerson(v, ana)
			if err != nil || got.Name != "" || got.Email != "" || got.Label() != ana {
				t.Errorf("after erasure: %+v, %v", got, err)
			}
			return nil
		})
		if got := o.roles(ana, o.day); got != "administrator" {
			t.Errorf("roles after erasure: %q", got)
		}
	})
}

// TestHoldersAndRolesAgree plays random grants, absences and departures: who
// answers for a role may act in it, and nobody deactivated does either.
func TestHoldersAndRolesAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := open(t, "")
		o.TB = t
		ag := o.agency("Ministry")
		o.person(ag, "Admin", "", "administrator")
		var people []string
		for range 4 {
			people = append(people, o.person(ag, "Somebody", ""))
		}
		roles := []string{"focal-point", "duty-officer"}
		one := rapid.SampledFrom(people)
		moment := rapid.Map(rapid.IntRange(0, 20), func(n int) time.Time { return monday.Add(time.Duration(n) * time.Hour) })
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			from, until := moment.Draw(rt, "from"), moment.Draw(rt, "until")
			role, a, b := rapid.SampledFrom(roles).Draw(rt, "role"), one.Draw(rt, "a"), one.Draw(rt, "b")
			step := rapid.IntRange(0, 3).Draw(rt, "step")
			o.do(func(tx *record.Tx) (err error) { // what is refused is refused
				switch step {
				case 0:
					_, err = party.GrantRole(tx, party.RoleInput{Person: a, Role: role, From: from, Until: until})
				case 1:
					err = party.SetDeputy(tx, party.DeputyInput{Person: a, Deputy: b, From: from, Until: until})
				case 2:
					err = party.SetRota(tx, role, ag, []party.Shift{{Person: a, From: from, Until: until}})
				case 3:
					err = party.Deactivate(tx, a, "left")
				}
				return err
			})
		}
		for h := range 21 {
			at := monday.Add(time.Duration(h) * time.Hour)
			o.view(func(v *record.View) error {
				for _, role := range roles {
					holders, err := party.HoldersOf(v, role, at)
					if err != nil {
						return err
					}
					for _, x := range holders {
						held, err := party.RolesOf(v, x.Person, at)
						if err != nil || !slices.ContainsFunc(held, func(y party.Held) bool { return y.Role == role && y.For == x.For }) {
							rt.Fatalf("%s answers for %s (for %q) at hour %d and has %+v, %v", x.Person, role, x.For, h, held, err)
						}
						if p, err := party.GetPerson(v, x.Person); err != nil || !p.Active {
							rt.Fatalf("%s answers for %s and is deactivated", x.Person, role)
						}
					}
				}
				return nil
			})
		}
		o.sound()
	})
}
