package party

import (
	"cmp"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// An Agency is an organisation that takes part.
type Agency struct {
	ID      string `json:"id"` // "AG-1"
	Kind    string `json:"kind"`
	Country string `json:"country,omitempty"` // ISO 3166 alpha-3, where it has one
	Name    string `json:"name"`

	said int64 // the entry with its name
}

// AgencyInput is what an agency is added with. Kind "" is "other".
type AgencyInput struct{ Name, Kind, Country string }

// agencyOpen and nameSealed are the parts of party.agency-added.
type agencyOpen struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Country string `json:"country,omitempty"`
	NameKey string `json:"name_key"`
}

type nameSealed struct {
	Name string `json:"name"`
}

// AddAgency enters an agency. No two have the same name.
func (p *Party) AddAgency(tx *record.Tx, in AgencyInput) (Agency, error) {
	name, err := checkName("name", in.Name)
	if err != nil {
		return Agency{}, err
	}
	a := Agency{Name: name, Kind: cmp.Or(in.Kind, "other"), Country: in.Country}
	if err := checkKind(a.Kind); err != nil {
		return a, err
	}
	if a.Country != "" && !countryForm.MatchString(a.Country) {
		return a, fault.Invalid("country", "%q is not a country code of three letters, such as KEN", a.Country)
	}
	if same, err := agenciesNamed(tx.View, p.nameKey(name)); err != nil || len(same) > 0 {
		return a, cmp.Or(err, fault.Exists("there is an agency called %q already: %s", name, strings.Join(ids(same), ", ")))
	}
	if a.ID, err = tx.NextID("AG"); err != nil {
		return a, err
	}
	e, err := tx.Append(record.Draft{Kind: "party.agency-added", Subjects: []string{a.ID},
		Open: agencyOpen{a.ID, a.Kind, a.Country, p.nameKey(name)}, Sealed: nameSealed{name}})
	a.said = e.Index
	return a, err
}

// A Person takes part in the name of an agency. What was erased is "".
type Person struct {
	ID        string    `json:"id"` // "P-1"
	Agency    string    `json:"agency"`
	Active    bool      `json:"active"`
	Name      string    `json:"name"`
	Email     string    `json:"email,omitempty"`
	Languages []string  `json:"languages,omitempty"` // BCP 47, the preferred first
	TimeZone  string    `json:"time_zone"`           // IANA
	Since     time.Time `json:"since"`
	Left      time.Time `json:"left,omitzero"` // when last deactivated: what admitted them before admits no more

	said int64
}

// Label is the person's name, or the id where the name was erased.
func (p Person) Label() string { return cmp.Or(p.Name, p.ID) }

// PersonInput is what a person is added or changed with. TimeZone "" is UTC.
type PersonInput struct {
	Name, Email, Agency string
	Languages           []string
	TimeZone            string
}

// personOpen and personSealed are the parts of party.person-added and -changed.
type personOpen struct {
	ID      string `json:"id"`
	Agency  string `json:"agency"`
	NameKey string `json:"name_key"`
	MailKey string `json:"mail_key,omitempty"`
}

type personSealed struct {
	Name      string   `json:"name"`
	Email     string   `json:"email,omitempty"`
	Languages []string `json:"languages,omitempty"`
	TimeZone  string   `json:"time_zone"`
}

// checkPerson returns the sealed part of what was given.
func checkPerson(in PersonInput) (s personSealed, err error) {
	if s.Name, err = checkName("name", in.Name); err != nil {
		return s, err
	}
	if s.Email = strings.TrimSpace(in.Email); s.Email != "" {
		if a, err := mail.ParseAddress(s.Email); err != nil || a.Address != s.Email || len(s.Email) > 254 {
			return s, fault.Invalid("email", "%q is not an e-mail address", in.Email)
		}
	}
	for _, l := range in.Languages {
		if !languageForm.MatchString(l) {
			return s, fault.Invalid("languages", "%q is not a language such as en, fr or pt-BR", l)
		}
	}
	s.Languages, s.TimeZone = in.Languages, cmp.Or(in.TimeZone, "UTC")
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "Local" {
		return s, fault.Invalid("time_zone", "%q is not a time zone such as Africa/Addis_Ababa", in.TimeZone)
	}
	return s, nil
}

// AddPerson enters a person. No two active people share an e-mail address.
func (p *Party) AddPerson(tx *record.Tx, in PersonInput) (Person, error) {
	id, err := tx.NextID("P")
	if err != nil {
		return Person{}, err
	}
	return p.writePerson(tx, "party.person-added", id, in)
}

// ChangePerson enters all of a person anew: what is left out is gone.
func (p *Party) ChangePerson(tx *record.Tx, id string, in PersonInput) (Person, error) {
	was, err := Standing(tx.View, id)
	if err != nil {
		return was, err
	}
	in.Agency = cmp.Or(in.Agency, was.Agency)
	return p.writePerson(tx, "party.person-changed", id, in)
}

func (p *Party) writePerson(tx *record.Tx, kind, id string, in PersonInput) (Person, error) {
	s, err := checkPerson(in)
	if err != nil {
		return Person{}, err
	}
	if _, err := GetAgency(tx.View, in.Agency); err != nil {
		return Person{}, fault.Invalid("agency", "there is no agency %q", in.Agency)
	}
	open := personOpen{id, in.Agency, p.nameKey(s.Name), p.mailKey(s.Email)}
	if open.MailKey != "" {
		same, err := peopleByMail(tx.View, open.MailKey)
		if err != nil {
			return Person{}, err
		}
		for _, other := range same {
			if other.ID != id && other.Active {
				return Person{}, fault.Exists("%s has this e-mail address already", other.ID)
			}
		}
	}
	if _, err := tx.Append(record.Draft{Kind: kind, Subjects: []string{id, in.Agency}, Open: open, Sealed: s}); err != nil {
		return Person{}, err
	}
	return GetPerson(tx.View, id)
}

// stateOpen and reasonSealed are the parts of party.person-deactivated and
// -reinstated.
type stateOpen struct {
	ID     string `json:"id"`
	Active bool   `json:"active"`
}

type reasonSealed struct {
	Reason string `json:"reason"`
}

// Deactivate ends what a person may do here, and with it every session, link
// and token. Nothing of what they did is lost.
func Deactivate(tx *record.Tx, id, reason string) error {
	was, err := Standing(tx.View, id)
	if err != nil {
		return err
	}
	if !was.Active {
		return fault.Exists("%s is deactivated already", id)
	}
	if err := anotherAdministrator(tx, id); err != nil {
		return err
	}
	return setState(tx, "party.person-deactivated", id, false, reason)
}

// Reinstate takes a deactivation back. Sessions and tokens stay ended.
func (p *Party) Reinstate(tx *record.Tx, id, reason string) error {
	was, err := GetPerson(tx.View, id)
	if err != nil {
		return err
	}
	if was.Active {
		return fault.Exists("%s is active", id)
	}
	if same, err := peopleByMail(tx.View, p.mailKey(was.Email)); err != nil {
		return err
	} else if i := slices.IndexFunc(same, func(o Person) bool { return o.Active }); i >= 0 && was.Email != "" {
		return fault.Exists("%s has the e-mail address of %s now", same[i].ID, id)
	}
	return setState(tx, "party.person-reinstated", id, true, reason)
}

func setState(tx *record.Tx, kind, id string, active bool, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.Invalid("reason", "give a reason")
	}
	_, err := tx.Append(record.Draft{Kind: kind, Subjects: []string{id}, Open: stateOpen{id, active}, Sealed: reasonSealed{reason}})
	return err
}

// GetAgency returns an agency by its id.
func GetAgency(v *record.View, id string) (Agency, error) {
	a, err := agencyRow(v, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return a, fault.NotFound("there is no agency %q", id)
	}
	if err != nil {
		return a, err
	}
	return a, a.unseal(v)
}

// Agencies returns every agency, in the order they were added.
func Agencies(v *record.View) ([]Agency, error) {
	all, err := agencyRows(v)
	for i := range all {
		if err == nil {
			err = all[i].unseal(v)
		}
	}
	return all, err
}

func (a *Agency) unseal(v *record.View) error {
	var s nameSealed
	err := ignoreErased(v.Unseal(a.said, &s))
	a.Name = s.Name
	return err
}

// GetPerson returns a person by id, active or not.
func GetPerson(v *record.View, id string) (Person, error) {
	p, err := Standing(v, id)
	if err != nil {
		return p, err
	}
	return p, p.unseal(v)
}

// Standing is GetPerson without the words: agency, active or not, since when.
func Standing(v *record.View, id string) (Person, error) {
	p, err := personRow(v, id)
	if fault.KindOf(err) == fault.KindNotFound {
		return p, fault.NotFound("there is no person %q", id)
	}
	return p, err
}

func (p *Person) unseal(v *record.View) error {
	var s personSealed
	err := ignoreErased(v.Unseal(p.said, &s))
	p.Name, p.Email, p.Languages, p.TimeZone = s.Name, s.Email, s.Languages, cmp.Or(s.TimeZone, "UTC")
	return err
}

// ignoreErased lets words be missing that were erased.
func ignoreErased(err error) error {
	if fault.KindOf(err) == fault.KindNotFound {
		return nil
	}
	return err
}

// Filter narrows a list of people. The zero value is everyone active.
type Filter struct {
	Agency string
	All    bool // the deactivated too
}

// People returns people in the order they were added.
func People(v *record.View, f Filter) ([]Person, error) {
	all, err := personRows(v, f)
	for i := range all {
		if err == nil {
			err = all[i].unseal(v)
		}
	}
	return all, err
}

// Find returns the active person that ref names: an id, an e-mail address, a
// name in any case, or a role that one person answers for now. If ref fits
// several, the error lists them.
func (p *Party) Find(v *record.View, ref string) (Person, error) {
	ref = strings.TrimSpace(ref)
	if person, err := GetPerson(v, strings.ToUpper(ref)); fault.KindOf(err) != fault.KindNotFound {
		if err == nil && !person.Active {
			return person, fault.Denied("%s is deactivated", person.ID)
		}
		return person, err
	}
	found, err := p.named(v, ref)
	if err != nil {
		return Person{}, err
	}
	if len(found) == 0 && roleForm.MatchString(ref) {
		holders, err := HoldersOf(v, ref, v.Now)
		if err != nil {
			return Person{}, err
		}
		for _, h := range holders {
			row, err := Standing(v, h.Person)
			if err != nil {
				return row, err
			}
			found = append(found, row)
		}
	}
	switch len(found) {
	case 0:
		return Person{}, fault.WithHint(fault.NotFound("nobody here is %q", ref), "name a person by id, e-mail address, full name or role; `heed person list` lists them")
	case 1:
		return found[0], found[0].unseal(v)
	}
	return Person{}, fault.WithHint(fault.Invalid("person", "%q fits %d people: %s", ref, len(found), strings.Join(p.labels(v, found), ", ")), "give the id")
}

// named finds active people by e-mail address or name.
func (p *Party) named(v *record.View, ref string) ([]Person, error) {
	find := peopleByName
	key := p.nameKey(ref)
	if strings.Contains(ref, "@") {
		find, key = peopleByMail, p.mailKey(ref)
	}
	all, err := find(v, key)
	return slices.DeleteFunc(all, func(o Person) bool { return !o.Active }), err
}

// FindByMail returns the active person with an e-mail address.
func (p *Party) FindByMail(v *record.View, mail string) (Person, error) {
	if !strings.Contains(mail, "@") {
		return Person{}, fault.NotFound("%q is nobody's e-mail address", mail)
	}
	found, err := p.named(v, mail)
	if err != nil || len(found) == 0 {
		return Person{}, cmp.Or(err, fault.NotFound("nobody here has that e-mail address"))
	}
	return found[0], found[0].unseal(v)
}

// labels names people so that one can be chosen.
func (p *Party) labels(v *record.View, people []Person) (out []string) {
	for _, one := range people {
		if one.unseal(v) != nil {
			continue
		}
		out = append(out, fmt.Sprintf("%s (%s, %s)", one.ID, one.Label(), one.Agency))
	}
	return out
}

// FindAgency returns the agency that ref names: an id or a name in any case.
func (p *Party) FindAgency(v *record.View, ref string) (Agency, error) {
	ref = strings.TrimSpace(ref)
	if a, err := GetAgency(v, strings.ToUpper(ref)); fault.KindOf(err) != fault.KindNotFound {
		return a, err
	}
	found, err := agenciesNamed(v, p.nameKey(ref))
	if err != nil {
		return Agency{}, err
	}
	if len(found) == 0 {
		return Agency{}, fault.NotFound("there is no agency %q", ref)
	}
	return found[0], found[0].unseal(v)
}

func ids(all []Agency) (out []string) {
	for _, a := range all {
		out = append(out, a.ID)
	}
	return out
}
