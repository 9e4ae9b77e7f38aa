package protocol

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Diff says in sentences what a new version of a protocol changes: what people
// would owe, by when, and to whom silence is told. Changes of wording are named
// without the words. No sentence means that the two ask for the same.
func Diff(old, new *Protocol) (out []string) {
	say := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	if old.ID != new.ID {
		say("It is another protocol: %s instead of %s.", new.ID, old.ID)
	}
	each("duty", old.Duties, new.Duties, func(d Duty) string { return d.Key }, say, func(a, b Duty) {
		for l := range Levels {
			if x, y := a.Allowed[l], b.Allowed[l]; x != y {
				say("At level %d, the time allowed for %s is %s instead of %s.", l+1, a.Key, timeOf(y), timeOf(x))
			}
			if x, y := a.Ladder[l], b.Ladder[l]; x != y && a.opens(l+1) && b.opens(l+1) {
				say("At level %d, a lapse of %s climbs ladder %s instead of %s.", l+1, a.Key, y, x)
			}
		}
		for _, f := range []struct{ what, a, b string }{
			{"the owner", a.Owner, b.Owner}, {"the second person", a.FourEyes, b.FourEyes},
			{"the role that may refuse", a.Refusal, b.Refusal}, {"the gate", strings.Join(a.After, ", "), strings.Join(b.After, ", ")},
			{"the start of the clock", startOf(a), startOf(b)}, {"the set of marks", marks(a), marks(b)},
		} {
			if f.a != f.b {
				say("In %s, %s is %s instead of %s.", a.Key, f.what, orNone(f.b), orNone(f.a))
			}
		}
		if !reflect.DeepEqual(a.Title, b.Title) || !reflect.DeepEqual(a.What, b.What) {
			say("The wording of %s has changed.", a.Key)
		}
	})
	changed := func(what, key string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			say("The %s %s has changed.", what, key)
		}
	}
	each("ladder", old.Ladders, new.Ladders, func(l Ladder) string { return l.Key }, say,
		func(a, b Ladder) { changed("ladder", a.Key, a, b) })
	each("role", old.Roles, new.Roles, func(r Role) string { return r.Key }, say,
		func(a, b Role) { changed("role", a.Key, a, b) })
	each("calendar", old.Calendars, new.Calendars, func(c Calendar) string { return c.Key }, say, func(a, b Calendar) {
		changed("calendar", a.Key, []any{a.Zone, a.Hours, a.Holidays}, []any{b.Zone, b.Hours, b.Holidays})
	})
	each("standing to open of", old.Opening, new.Opening, func(o Opener) string { return o.Role }, say,
		func(a, b Opener) { changed("standing to open of", a.Role, a, b) })
	if !reflect.DeepEqual(old.Closing, new.Closing) {
		say("What closes the protocol has changed.")
	}
	return out
}

// each goes through two lists by key: what is new, what is gone, what is in both.
func each[T any](what string, old, new []T, key func(T) string, say func(string, ...any), both func(a, b T)) {
	for _, a := range old {
		i := slices.IndexFunc(new, func(b T) bool { return key(b) == key(a) })
		if i < 0 {
			say("The %s %s is gone.", what, key(a))
		} else {
			both(a, new[i])
		}
	}
	for _, b := range new {
		if !slices.ContainsFunc(old, func(a T) bool { return key(a) == key(b) }) {
			say("The %s %s is new.", what, key(b))
		}
	}
}

func timeOf(a Allowance) string {
	if a.Calendar != "" {
		return a.String() + " in " + a.Calendar
	}
	return a.String()
}

func startOf(d Duty) string {
	if d.FromGate {
		return "the gate"
	}
	return "the opening"
}

// marks lists the flags of a duty.
func marks(d Duty) string {
	var out []string
	for _, m := range []struct {
		is   bool
		name string
	}{{d.Outward, "outward"}, {d.Community, "community"}, {d.Decides, "decides"}, {d.Review, "review"}, {d.FollowUp, "follow-up"}} {
		if m.is {
			out = append(out, m.name)
		}
	}
	return strings.Join(out, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
