package office

import (
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
	"github.com/heed-project/heed/internal/web/visit"
)

// People is the list of people and roles.
func People(v *visit.Visit) error { return peopleWith(v, "") }

func peopleWith(v *visit.Visit, link string) error {
	rows, err := v.H.People(v.R.Context(), v.Who)
	if err != nil {
		return err
	}
	t := page.PersonTable(v.Words, "people", rows)
	if v.WantsCSV() {
		return v.CSV("people", t)
	}
	f, err := v.Frame(look.Frame{Title: v.Words.T("people.title"), Here: "people"})
	if err != nil {
		return err
	}
	t.CSV = "/people.csv"
	p := page.People{Frame: f, Table: t, MayAdd: f.Can("people.manage"), Link: link}
	if p.MayAdd {
		agencies, err := v.H.Agencies(v.R.Context(), v.Who)
		if err != nil {
			return err
		}
		roles, err := roles(v)
		if err != nil {
			return err
		}
		p.Name, p.Email = f.Field("name"), f.Field("email").Of("email").MayBeEmpty()
		p.Agency, p.Role, p.Lang = f.Field("agency").From(v.Named(agencies)), f.Field("role").From(v.OrNone("option.none", roles)), f.Field("lang").From(languages())
	}
	return v.Show("people", p)
}

func languages() (out []look.Option) {
	for _, l := range lang.Languages() {
		out = append(out, look.Option{Value: l.Tag, Text: l.Name})
	}
	return out
}

func roles(v *visit.Visit) (out []look.Option, err error) {
	names, err := v.H.RoleNames(v.R.Context(), v.Who)
	for _, n := range names {
		out = append(out, look.Option{Value: n, Text: v.Words.Role(n)})
	}
	return out, err
}

// AddPerson enters a person and shows the link with which they come in.
func AddPerson(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	in := heed.PersonInput{Name: v.Must("name"), Email: v.Text("email"), Agency: v.Text("agency"), Role: v.Text("role"), Language: v.Text("lang")}
	if v.Bad() {
		return v.Wrong(People)
	}
	id, err := v.H.AddPerson(v.R.Context(), v.Who, in)
	if err != nil {
		return v.Again(err, People)
	}
	link, err := v.H.NewLink(v.R.Context(), v.Who, id)
	if err != nil {
		return err
	}
	v.Form = look.Form{}
	return peopleWith(v, link)
}

// Person is one person with roles, duties and history.
func Person(v *visit.Visit) error { return personWith(v, "") }

func personWith(v *visit.Visit, link string) error {
	id := v.R.PathValue("id")
	x, err := v.H.Person(v.R.Context(), v.Who, id)
	if err != nil {
		return err
	}
	f, err := v.Frame(look.Frame{Title: v.Words.Name(look.Ref{ID: x.ID, Name: x.Name}), ID: x.ID, Kicker: v.Words.T("kicker.person"), Here: "people"})
	if err != nil {
		return err
	}
	duties, _, err := v.H.Duties(v.R.Context(), v.Who, heed.DutyFilter{Owner: x.ID})
	if err != nil {
		return err
	}
	p := page.Person{Frame: f, Row: x.PersonRow, Email: x.Email, Roles: x.Roles, Duties: page.DutyTable(v.Words, "duties", duties, f.Now).Without("owner"), MayManage: x.MayManage, Link: link}
	p.Duties.CSV = "/duties.csv?owner=" + x.ID
	for _, e := range x.History {
		about := ""
		for _, s := range e.Subjects {
			if s != x.ID && about == "" {
				about = s
			}
		}
		p.Events = append(p.Events, page.Event{At: e.At, Kind: e.Kind, ID: about, Entry: e.Index, Actor: e.Actor})
	}
	if x.MayManage {
		roles, err := roles(v)
		if err != nil {
			return err
		}
		others, err := v.Everyone(x.ID)
		if err != nil {
			return err
		}
		p.Role, p.Deputy = f.Field("role").From(roles), f.Field("deputy").From(v.OrNone("option.none", others)).MayBeEmpty()
		p.From, p.Until = f.Field("from").Of("date").MayBeEmpty(), f.Field("until").Of("date").MayBeEmpty()
	}
	return v.Show("person", p)
}

// GiveRole gives a role, names a deputy, or both.
func GiveRole(v *visit.Visit) error {
	if err := v.Read(); err != nil {
		return err
	}
	id, from, until := v.R.PathValue("id"), v.Day("from"), v.Day("until")
	role, deputy := v.Text("role"), v.Text("deputy")
	if role == "" && deputy == "" {
		v.Pick("role")
	}
	if v.Bad() {
		return v.Wrong(Person)
	}
	if role != "" {
		if err := v.H.GiveRole(v.R.Context(), v.Who, id, role, "", from, until); err != nil {
			return v.Again(err, Person)
		}
	}
	if deputy != "" {
		if err := v.H.SetDeputy(v.R.Context(), v.Who, id, deputy, from, until); err != nil {
			return v.Again(err, Person)
		}
	}
	return v.Done("/people/"+id, "saved", "")
}

// EndRole ends a role.
func EndRole(v *visit.Visit) error {
	id := v.R.PathValue("id")
	if err := v.H.EndRole(v.R.Context(), v.Who, id, v.R.PostFormValue("role")); err != nil {
		return v.Again(err, Person)
	}
	return v.Done("/people/"+id, "saved", "")
}

// NewLink makes a link with which the person can come in once, and shows it.
func NewLink(v *visit.Visit) error {
	link, err := v.H.NewLink(v.R.Context(), v.Who, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	return personWith(v, link)
}
