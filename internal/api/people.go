package api

import (
	"context"
	"net/http"
	"time"

	"github.com/heed-project/heed/internal/api/view"
	"github.com/heed-project/heed/internal/heed"
)

const people = "People"

func (f *face) people() {
	read(f, "/people", "list-people", "List who takes part, and in which roles", people, func(ctx context.Context, w heed.Who, in *none) ([]heed.PersonRow, error) {
		return f.h.People(ctx, w)
	})
	read(f, "/people/{id}", "read-person", "Read about somebody", people, func(ctx context.Context, w heed.Who, in *ByID) (heed.Person, error) {
		return f.h.Person(ctx, w, in.ID)
	})
	read(f, "/agencies", "list-agencies", "List the agencies that take part", people, func(ctx context.Context, w heed.Who, in *none) ([]heed.Ref, error) {
		return f.h.Agencies(ctx, w)
	})
	act(f, "/people/{id}/absence", "set-absence", "Say that somebody is absent, and who stands in", people, func(ctx context.Context, w heed.Who, in *absenceInput) error {
		return f.h.SetDeputy(ctx, w, in.ID, in.Body.Deputy, in.Body.From, in.Body.Until)
	})
}

type absenceInput struct {
	ByID
	Body struct {
		Deputy string    `json:"deputy,omitempty" doc:"A person by number, name, e-mail address or role; absent where the person is back."`
		From   time.Time `json:"from,omitzero" required:"false"`
		Until  time.Time `json:"until,omitzero" required:"false"`
	}
}

const protocols = "Protocols"

type clockQuery struct {
	ByID
	Level int       `query:"level" minimum:"1" maximum:"5" doc:"The highest that opens a duty where absent."`
	At    time.Time `query:"at" doc:"When the warning would be issued; now where absent."`
}

type yamlInput struct {
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"262144" doc:"The file."`
	}
}

// checked is what the check of a protocol found.
type checked struct {
	Problems []heed.Problem `json:"problems" nullable:"false"`
}

func (f *face) protocols() {
	read(f, "/protocols", "list-protocols", "List response protocols", protocols, func(ctx context.Context, w heed.Who, in *none) ([]heed.ProtocolRow, error) {
		return f.h.Protocols(ctx, w)
	})
	read(f, "/protocols/{id}", "read-protocol", "Read a protocol and rehearse it: what would fall due when, and for whom", protocols,
		func(ctx context.Context, w heed.Who, in *clockQuery) (heed.Protocol, error) {
			return f.h.Protocol(ctx, w, in.ID, in.Level, in.At)
		})
	do(f, "/protocols/check", "check-protocol", "Check a protocol that somebody is writing", protocols, http.StatusOK, func(ctx context.Context, w heed.Who, in *yamlInput) (checked, error) {
		all, err := f.h.CheckProtocol(ctx, w, []byte(in.Body.Text))
		return checked{view.Each(all, func(p heed.Problem) heed.Problem { return p })}, err
	})
	do(f, "/protocols", "adopt-protocol", "Make a protocol the one that the office works by", protocols, http.StatusCreated, func(ctx context.Context, w heed.Who, in *yamlInput) (made, error) {
		id, err := f.h.AdoptProtocol(ctx, w, []byte(in.Body.Text))
		return made{id}, err
	})
}
