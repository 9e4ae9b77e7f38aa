// Package party knows agencies and people: who they are, which roles they hold
// in an agency for a time, and who stands in for whom. How people sign in is
// package signin beside it.
//
// Names, e-mail addresses, languages and time zones are sealed under the key of
// the person they belong to. The tables hold ids, agencies, states, roles and
// times, and blind names by which a person is found again: a keyed digest of
// the e-mail address and of the name, worked out by the command and kept in the
// open part, because apply functions have no keys. Erasing a person leaves P-7,
// the roles it held and what it did.
//
// A role is granted until further notice or for a time; a rota gives it for a
// shift. Who answers for a role at a moment is a reading of grants, rota and
// absences ([HoldersOf]), never a setting that somebody must remember to change
// back.
//
//	desk := party.New(rec)
//	err := rec.Do(ctx, by, func(tx *record.Tx) error {
//		agency, err := desk.AddAgency(tx, party.AgencyInput{Name: "Ministry", Kind: "ministry"})
//		…
//		person, err := desk.AddPerson(tx, party.PersonInput{Name: "Ana Lima", Agency: agency.ID})
//		_, err = party.GrantRole(tx, party.RoleInput{Person: person.ID, Role: "focal-point"})
//		return err
//	})
//	on, err := party.HoldersOf(v, "duty-officer", at)
//
// The package trusts the record and the clock of its transactions. It says who
// somebody is, never what they may do: that is package access.
package party

import (
	"regexp"
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Roles are those that Heed knows by itself. A protocol may name others.
var Roles = []string{
	"administrator", // keeps people, roles and settings; reads no more for it
	"focal-point",   // answers for the office
	"duty-officer",  // on watch
	"analyst",       // reads reports, assesses, warns
	"director",      // decides
	"minister",      // the last rung
	"custodian",     // keeps evidence and protected identities
	"investigator",  // takes evidence in and works with it
	"reviewer",      // judges evidence and does not edit it
	"observer",      // looks on
	"reporter",      // civil society, with a standing of its own
	"oversight",     // looks back: court, ombudsman, parliament
}

// Kinds are the kinds of agency.
var Kinds = []string{"ministry", "un-office", "regional-body", "mechanism", "court", "civil-society", "family-association", "laboratory", "other"}

// Module returns the tables and kinds of this package.
func Module() record.Module {
	return record.Module{Name: "party", Schema: schema,
		Tables: []string{"party_agency", "party_person", "party_role", "party_deputy", "party_shift"},
		Kinds: []record.Kind{
			{Name: "party.agency-added", Apply: applyAgency},
			{Name: "party.person-added", Apply: applyPerson},
			{Name: "party.person-changed", Apply: applyPerson},
			{Name: "party.person-deactivated", Apply: applyState},
			{Name: "party.person-reinstated", Apply: applyState},
			{Name: "party.role-granted", Apply: applyGrant},
			{Name: "party.role-ended", Apply: applyEnd},
			{Name: "party.deputy-set", Apply: applyDeputy},
			{Name: "party.rota-set", Apply: applyRota},
		}}
}

// A Party is the desk at which people are entered and found by name. It is safe
// for concurrent use.
type Party struct{ keys *keys.Keys }

// New returns the desk of a record that was opened with [Module].
func New(rec *record.Record) *Party { return &Party{rec.Keys()} }

var (
	roleForm     = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{3}$`)
)

// checkName returns a name without needless space, or why it is none.
func checkName(field, name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", fault.Invalid(field, "the name is empty")
	case len(name) > 200:
		return "", fault.Invalid(field, "the name has %d bytes, at most 200", len(name))
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }):
		return "", fault.Invalid(field, "the name holds a character that is not text")
	}
	return name, nil
}

// checkRole returns an error if a role key is not spelt like one.
func checkRole(role string) error {
	if !roleForm.MatchString(role) || len(role) > 40 {
		return fault.WithHint(fault.Invalid("role", "%q is not a role", role),
			"a role is written in small letters with hyphens, such as "+strings.Join(Roles[:4], ", "))
	}
	return nil
}

// checkKind returns an error if there is no such kind of agency.
func checkKind(kind string) error {
	if !slices.Contains(Kinds, kind) {
		return fault.Invalid("kind", "%q is not a kind of agency: %s", kind, strings.Join(Kinds, ", "))
	}
	return nil
}

// folded is a name as it is compared: any case, any spacing, any composition.
func folded(name string) string {
	return cases.Fold().String(norm.NFKC.String(strings.Join(strings.Fields(name), " ")))
}

// nameKey is the blind name of a name, mailKey of an e-mail address; nothing
// has none.
func (p *Party) nameKey(name string) string {
	return p.keys.Blind("party name", folded(name))
}

func (p *Party) mailKey(mail string) string {
	if mail == "" {
		return ""
	}
	return p.keys.Blind("party mail", strings.ToLower(strings.TrimSpace(mail)))
}
