package access

import (
	"slices"
	"strings"
	"sync"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/heed-project/heed/internal/record"
)

// request is one question as Cedar reads it, with the entities it is about.
type request struct {
	cedar.Request
	principal, resource types.Entity
	e                   *Engine
}

// Get implements types.EntityGetter.
func (q *request) Get(u types.EntityUID) (types.Entity, bool) {
	switch u.Type {
	case "Action":
		x, ok := q.e.entities[u]
		return x, ok
	case "Thing":
		return q.resource, u == q.resource.UID
	}
	return q.principal, u == q.principal.UID
}

// request words a question. It is false if the principal is of no known kind.
func (e *Engine) request(p Principal, action string, r Resource, purpose string) (*request, bool) {
	q := &request{e: e}
	roles, here, inside := p.standing(r)
	switch p.Kind {
	case Person:
		if p.ID == "" {
			return nil, false
		}
		q.principal = e.known.get(p.key(), func() types.Entity {
			return types.Entity{UID: uid("Person", p.ID), Attributes: types.NewRecord(types.RecordMap{
				"id": types.String(p.ID), "agency": types.String(p.Agency), "roles": texts(roles), "persons": texts(append([]string{p.ID}, p.For...)),
				"situations": texts(p.Situations), "token": types.Boolean(p.Token), "scopes": texts(p.Scopes),
			})}
		})
	case Node:
		q.principal = types.Entity{UID: uid("Node", p.ID)}
	case Anonymous, "":
		q.principal = types.Entity{UID: uid("Anonymous", "anyone")}
	default:
		return nil, false
	}
	named := append(append(make([]string, 0, len(r.Members)+len(r.Recipients)+2), r.Members...), r.Recipients...)
	for _, one := range []string{r.Owner, r.Author} {
		if one != "" {
			named = append(named, one)
		}
	}
	q.resource = types.Entity{UID: uid("Thing", r.ID), Attributes: types.NewRecord(types.RecordMap{
		"type": types.String(r.Type), "id": types.String(r.ID), "situation": types.String(r.Situation), "marking": types.String(marking(r.Marking)),
		"owner": types.String(r.Owner), "author": types.String(r.Author), "agencies": texts(r.Agencies), "members": texts(r.Members),
		"recipients": texts(r.Recipients), "named": texts(named), "exercise": types.Boolean(r.Exercise),
		"use": types.String(r.Use), "withheld": types.Boolean(r.Withheld),
	})}
	q.Request = cedar.Request{Principal: q.principal.UID, Action: uid("Action", action), Resource: q.resource.UID,
		Context: types.NewRecord(types.RecordMap{
			"purpose": types.Boolean(strings.TrimSpace(purpose) != ""), "roles": texts(here), "inside": types.Boolean(inside),
		})}
	return q, true
}

// standing sorts a person's roles: all of them, those held in the agencies
// whose the resource is, and whether the person has a place in one of these.
func (p Principal) standing(r Resource) (roles, here []string, inside bool) {
	if p.Kind != Person {
		return nil, nil, false
	}
	inside = p.Agency != "" && slices.Contains(r.Agencies, p.Agency)
	for _, held := range p.Roles {
		role, agency, elsewhere := strings.Cut(held, "@")
		if !elsewhere {
			agency = p.Agency
		}
		roles = append(roles, role)
		if agency != "" && slices.Contains(r.Agencies, agency) {
			here = append(here, role)
			inside = true
		}
	}
	return roles, here, inside
}

// key is the same for two principals only if they are equal: no id or role
// holds a control character.
func (p Principal) key() string {
	var b strings.Builder
	for _, one := range []string{p.ID, p.Agency} {
		b.WriteString(one)
		b.WriteByte(0)
	}
	if p.Token {
		b.WriteByte(1)
	}
	for _, list := range [][]string{p.Roles, p.For, p.Situations, p.Scopes} {
		for _, one := range list {
			b.WriteString(one)
			b.WriteByte(0)
		}
		b.WriteByte(2)
	}
	return b.String()
}

// entityCache keeps entities that were made before. A full one starts again.
type entityCache struct {
	mu   sync.RWMutex
	kept map[string]types.Entity
}

const maxKnown = 2000

func (c *entityCache) get(key string, make func() types.Entity) types.Entity {
	c.mu.RLock()
	x, ok := c.kept[key]
	c.mu.RUnlock()
	if ok {
		return x
	}
	x = make()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= maxKnown {
		c.kept = map[string]types.Entity{}
	}
	c.kept[key] = x
	return x
}

// marking reads a marking on the side of caution.
func marking(m string) string {
	switch {
	case m == "":
		return "AMBER"
	case slices.Contains(record.Markings, m):
		return m
	}
	return "RED"
}

func texts(all []string) types.Set {
	if len(all) == 0 {
		return types.Set{}
	}
	vs := make([]types.Value, len(all))
	for i, s := range all {
		vs[i] = types.String(s)
	}
	return types.NewSet(vs...)
}
