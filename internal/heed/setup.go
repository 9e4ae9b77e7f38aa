package heed

import (
	"context"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/protocol"
)

// SetupInput says whose node this is.
type SetupInput struct {
	Agency, Kind, Country string // Kind "" is ministry
	Admin, Email          string
	Protocols             []string // names of shipped protocols to adopt; nil is the first
}

// SetUp makes the first agency and its administrator, adopts a protocol, and
// returns a one-time sign-in link. It works once: afterwards people are added
// by people.
func (h *Heed) SetUp(ctx context.Context, who Who, in SetupInput) (admin, link string, err error) {
	if in.Kind == "" {
		in.Kind = "ministry"
	}
	if in.Protocols == nil {
		in.Protocols = protocol.Shipped()[:1]
	}
	err = h.rec.Do(ctx, who.by(), func(tx *record.Tx) error {
		some, err := party.People(tx.View, party.Filter{All: true})
		if err != nil {
			return err
		}
		if len(some) > 0 {
			return fault.Exists("this node has its people already")
		}
		agency, err := h.desk.AddAgency(tx, party.AgencyInput{Name: in.Agency, Kind: in.Kind, Country: in.Country})
		if err != nil {
			return err
		}
		p, err := h.desk.AddPerson(tx, party.PersonInput{Name: in.Admin, Email: in.Email, Agency: agency.ID, TimeZone: h.parts.Location.String()})
		if err != nil {
			return err
		}
		tx.By.Person = p.ID
		admin = p.ID
		for _, role := range []string{"administrator", "focal-point"} {
			if _, err := party.GrantRole(tx, party.RoleInput{Person: p.ID, Role: role}); err != nil {
				return err
			}
		}
		for _, name := range in.Protocols {
			text, ok := protocol.ShippedFile(name)
			if !ok {
				return fault.Invalid("protocol", "no protocol %q comes with Heed: there are %s", name, strings.Join(protocol.Shipped(), ", "))
			}
			if _, err := response.Adopt(tx, text); err != nil {
				return err
			}
		}
		link, err = h.door.NewLink(tx, admin, linkLasts)
		return err
	})
	if err != nil {
		return "", "", err
	}
	return admin, h.linkTo(link), h.setting(ctx, "admin", admin)
}

// linkTo is the address at which a one-time secret is used. The secret is in
// the fragment, which browsers send to nobody.
func (h *Heed) linkTo(secret string) string {
	return strings.TrimSuffix(h.parts.URL, "/") + "/sign-in/link#" + secret
}

// Administrator returns the person named when the node was set up.
func (h *Heed) Administrator(ctx context.Context) (Who, error) {
	id, err := h.readSetting(ctx, "admin")
	if err != nil {
		return Who{}, err
	}
	if id == "" {
		return Who{}, fault.WithHint(fault.NotFound("this node has no people yet"), "make one with: heed init")
	}
	return Who{Person: id, Via: "cli"}, nil
}

// linkLasts is how long a one-time sign-in link can be used.
const linkLasts = time.Hour

// NewLink makes a one-time sign-in link for a person.
func (h *Heed) NewLink(ctx context.Context, who Who, person string) (link string, err error) {
	err = h.onPerson(ctx, who, person, access.PeopleManage, func(a *act, p party.Person) error {
		link, err = h.door.NewLink(a.tx, p.ID, linkLasts)
		return err
	})
	return h.linkTo(link), err
}

// AdoptProtocol makes a protocol the one that the office works by.
func (h *Heed) AdoptProtocol(ctx context.Context, who Who, yaml []byte) (id string, err error) {
	err = h.do(ctx, who, func(a *act) error {
		if err := a.need(access.ProtocolChange, a.node()); err != nil {
			return err
		}
		p, err := response.Adopt(a.tx, yaml)
		if err == nil {
			id = p.ID
		}
		return err
	})
	return id, err
}
