package web

import (
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/lang"
	"github.com/heed-project/heed/internal/web/look"
	"github.com/heed-project/heed/internal/web/page"
)

// people is the list of people and roles.
func (v *visit) people() error { return v.peopleWith("") }

func (v *visit) peopleWith(link string) error {
	rows, err := v.h.People(v.r.Context(), v.who)
	if err != nil {
		return err
	}
	t := page.PersonTable(v.words, "people", rows)
	if v.wantsCSV() {
		return v.csv("people", t)
	}
	f, err := v.frame(look.Frame{Title: v.words.T("people.title"), Here: "people"})
	if err != nil {
		return err
	}
	t.CSV = "/people.csv"
	p := page.People{Frame: f, Table: t, MayAdd: f.Can("people.manage"), Link: link}
	if p.MayAdd {
		agencies, err := v.h.Agencies(v.r.Context(), v.who)
		if err != nil {
			return err
		}
		roles, err := v.roles()
		if err != nil {
			return err
		}
		p.Name, p.Email = f.Field("name"), f.Field("email").Of("email").MayBeEmpty()
		p.Agency, p.Role, p.Lang = f.Field("agency").From(v.named(agencies)), f.Field("role").From(v.orNone("option.none", roles)), f.Field("lang").From(languages())
	}
	return v.show("people", p)
}

func languages() (out []look.Option) {
	for _, l := range lang.Languages() {
		out = append(out, look.Option{Value: l.Tag, Text: l.Name})
	}
	return out
}

func (v *visit) roles() (out []look.Option, err error) {
	names, err := v.h.RoleNames(v.r.Context(), v.who)
	for _, n := range names {
		out = append(out, look.Option{Value: n, Text: v.words.Role(n)})
	}
	return out, err
}

// addPerson enters a person and shows the link with which they come in.
func (v *visit) addPerson() error {
	if err := v.read(); err != nil {
		return err
	}
	in := heed.PersonInput{Name: v.must("name"), Email: v.text("email"), Agency: v.text("agency"), Role: v.text("role"), Language: v.text("lang")}
	if v.bad() {
		return v.wrong(v.people)
	}
	id, err := v.h.AddPerson(v.r.Context(), v.who, in)
	if err != nil {
		return v.again(err, v.people)
	}
	link, err := v.h.NewLink(v.r.Context(), v.who, id)
	if err != nil {
		return err
	}
	v.form = look.Form{}
	return v.peopleWith(link)
}

// person is one person with roles, duties and history.
func (v *visit) person() error { return v.personWith("") }

func (v *visit) personWith(link string) error {
	id := v.r.PathValue("id")
	x, err := v.h.Person(v.r.Context(), v.who, id)
	if err != nil {
		return err
	}
	f, err := v.frame(look.Frame{Title: v.words.Name(look.Ref{ID: x.ID, Name: x.Name}), ID: x.ID, Kicker: v.words.T("kicker.person"), Here: "people"})
	if err != nil {
		return err
	}
	duties, _, err := v.h.Duties(v.r.Context(), v.who, heed.DutyFilter{Owner: x.ID})
	if err != nil {
		return err
	}
	p := page.Person{Frame: f, Row: x.PersonRow, Email: x.Email, Roles: x.Roles, Duties: page.DutyTable(v.words, "duties", duties, f.Now).Without("owner"), MayManage: x.MayManage, Link: link}
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
		roles, err := v.roles()
		if err != nil {
			return err
		}
		others, err := v.everyone(x.ID)
		if err != nil {
			return err
		}
		p.Role, p.Deputy = f.Field("role").From(roles), f.Field("deputy").From(v.orNone("option.none", others)).MayBeEmpty()
		p.From, p.Until = f.Field("from").Of("date").MayBeEmpty(), f.Field("until").Of("date").MayBeEmpty()
	}
	return v.show("person", p)
}

// everyone are all active people but one, to choose from.
func (v *visit) everyone(but string) (out []look.Option, err error) {
	all, err := v.h.People(v.r.Context(), v.who)
	for _, p := range all {
		if p.Active && p.ID != but {
			out = append(out, look.Option{Value: p.ID, Text: v.words.Name(look.Ref{ID: p.ID, Name: p.Name})})
		}
	}
	return out, err
}

// giveRole gives a role, names a deputy, or both.
func (v *visit) giveRole() error {
	if err := v.read(); err != nil {
		return err
	}
	id, from, until := v.r.PathValue("id"), v.day("from"), v.day("until")
	role, deputy := v.text("role"), v.text("deputy")
	if role == "" && deputy == "" {
		v.pick("role")
	}
	if v.bad() {
		return v.wrong(v.person)
	}
	if role != "" {
		if err := v.h.GiveRole(v.r.Context(), v.who, id, role, "", from, until); err != nil {
			return v.again(err, v.person)
		}
	}
	if deputy != "" {
		if err := v.h.SetDeputy(v.r.Context(), v.who, id, deputy, from, until); err != nil {
			return v.again(err, v.person)
		}
	}
	return v.done("/people/"+id, "saved", "")
}

func (v *visit) endRole() error {
	id := v.r.PathValue("id")
	if err := v.h.EndRole(v.r.Context(), v.who, id, v.r.PostFormValue("role")); err != nil {
		return v.again(err, v.person)
	}
	return v.done("/people/"+id, "saved", "")
}

// newLink makes a link with which the person can come in once, and shows it.
func (v *visit) newLink() error {
	link, err := v.h.NewLink(v.r.Context(), v.who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.personWith(link)
}
