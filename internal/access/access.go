// Package access decides who may do what, to which thing, for what purpose.
//
// There is one decision function, and it answers no unless a policy says yes.
// The policies are text, in the Cedar language, in the folder policy beside
// this file: short, commented, meant to be read by people who answer for them.
// Some refuse whatever others permit: the walls of the markings (TLP 2.0), four
// eyes, a stated purpose, what a token never does. An office may add files of
// its own, which can only refuse more.
//
// A role counts in the agency in which it is held: a director of one agency is
// nobody's director in another. What a thing's agencies are, who is named by
// it, who wrote it and how it is marked its caller says; a thing without
// agencies is nobody's, and no role opens it.
//
//	e, err := access.New()
//	d := e.Decide(access.Principal{Kind: access.Person, ID: "P-3", Agency: "AG-1", Roles: []string{"analyst"}},
//		access.WarningRead, access.Resource{Type: "warning", ID: "W-7", Marking: "AMBER", Agencies: []string{"AG-1"}}, "")
//	if !d.Allowed { … d.Reason … }
//
// Every decision made through [Engine.Check] leaves a mark in its context, so
// that a test can walk all routes and commands and fail where data was reached
// without one ([Track]).
//
// The package trusts what its caller says of the principal and the resource. It
// does not look anything up.
package access

import (
	"embed"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"sort"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// The kinds of principal.
const (
	Person    = "person"    // somebody who has signed in
	Node      = "node"      // this node itself, or a peer that has shown its key
	Anonymous = "anonymous" // anyone
)

// A Principal is who asks. The zero value is anonymous.
type Principal struct {
	Kind   string
	ID     string // "P-1"
	Agency string // the person's own
	// Roles are "analyst", held in the person's own agency, or "analyst@AG-2".
	// Those of absent people whose deputy the person is are among them.
	Roles      []string
	For        []string // absent people for whom the person stands in
	Situations []string // those that the person works on
	Token      bool     // came with an API token, whose scopes are
	Scopes     []string // "read", "write"
}

// A Resource is what is asked for. A marking that is "" counts as AMBER, and
// one that is not known as RED.
type Resource struct {
	Type       string // "warning"
	ID         string // "W-7"
	Situation  string
	Marking    string
	Owner      string   // a person or a role
	Author     string   // who wrote it, or did what is to be confirmed
	Agencies   []string // whose it is: the originator's and those it was served on
	Members    []string // people who work on it
	Recipients []string // people it was served on
	Exercise   bool
	// Use is for what somebody would use it ("keep", "analysis", …), Withheld that
	// those who gave it did not permit that. See package consent.
	Use      string
	Withheld bool
}

// A Decision is the answer, and the policies that it rests on.
type Decision struct {
	Allowed bool
	Reason  string // ids of policies; "no policy permits it" where there is none
}

//go:embed policy/*.cedar
var shipped embed.FS

// An Engine decides. It is safe for concurrent use, and its policies never
// change.
type Engine struct {
	byAction map[string]policies              // with nothing left in them that asks for the action
	known    entityCache                      // principals who asked before
	entities map[types.EntityUID]types.Entity // the actions and their groups
	hidden   map[string]bool                  // reads of content: what one may not read is not there
	one      map[string]bool                  // actions of which a policy asks which resource it is: see Memo
}

// policies are those that can bear on one action.
type policies []policy

type policy struct {
	id types.PolicyID
	p  *cedar.Policy
}

// All implements cedar.PolicyIterator.
func (ps policies) All() iter.Seq2[types.PolicyID, *cedar.Policy] {
	return func(yield func(types.PolicyID, *cedar.Policy) bool) {
		for _, x := range ps {
			if !yield(x.id, x.p) {
				return
			}
		}
	}
}

// New reads the shipped policies, and those of an office, which may only
// forbid.
func New(office ...fs.FS) (*Engine, error) {
	e := &Engine{byAction: map[string]policies{}, entities: map[types.EntityUID]types.Entity{}, hidden: map[string]bool{}, one: map[string]bool{}}
	for _, a := range Actions {
		var groups []types.EntityUID
		for _, g := range a.Groups {
			groups = append(groups, uid("Action", g))
		}
		e.entities[uid("Action", a.Name)] = types.Entity{UID: uid("Action", a.Name), Parents: types.NewEntityUIDSet(groups...)}
		e.hidden[a.Name] = slices.Contains(a.Groups, groupRead) && slices.Contains(a.Groups, groupContent)
	}
	all, err := load(shipped, false)
	if err != nil {
		return nil, fmt.Errorf("read the policies: %w", err)
	}
	for _, files := range office {
		more, err := load(files, true)
		if err != nil {
			return nil, fmt.Errorf("read the office's policies: %w", err)
		}
		all = append(all, more...)
	}
	seen := map[types.PolicyID]bool{}
	for _, x := range all {
		if seen[x.id] {
			return nil, fmt.Errorf("read the policies: two are called %q", x.id)
		}
		seen[x.id] = true
		bears, about, which := false, policy{x.id, anyAction(x.p)}, asksWhich(x.p)
		for _, a := range Actions {
			if e.bearsOn(x.p, a) {
				e.byAction[a.Name] = append(e.byAction[a.Name], about)
				e.one[a.Name] = e.one[a.Name] || which
				bears = true
			}
		}
		if !bears {
			return nil, fmt.Errorf("read the policies: %s is about no action that exists", x.id)
		}
	}
	return e, nil
}

// load reads every policy file, in the order of their names.
func load(files fs.FS, onlyForbid bool) (all []policy, err error) {
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".cedar") {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		list, err := cedar.NewPolicyListFromBytes(name, text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, p := range list {
			id := p.Annotations()["id"]
			line := p.Position().Line
			if id == "" {
				return fmt.Errorf("%s:%d: a policy needs a name: @id(\"…\")", name, line)
			}
			if onlyForbid && p.Effect() != cedar.Forbid {
				return fmt.Errorf("%s:%d: %s permits; an office's own policies can only forbid", name, line, id)
			}
			all = append(all, policy{types.PolicyID(id), p})
		}
		return nil
	})
	return all, err
}

// bearsOn says whether a policy's scope can match an action. Only what the
// scope rules out is left out; conditions are not looked at.
func (e *Engine) bearsOn(p *cedar.Policy, a Action) bool {
	in := func(u types.EntityUID) bool {
		return u == uid("Action", a.Name) || slices.ContainsFunc(a.Groups, func(g string) bool { return u == uid("Action", g) })
	}
	switch s := p.AST().Action.(type) {
	case ast.ScopeTypeEq:
		return s.Entity == uid("Action", a.Name)
	case ast.ScopeTypeIn:
		return in(s.Entity)
	case ast.ScopeTypeInSet:
		return slices.ContainsFunc(s.Entities, in)
	}
	return true
}

// anyAction returns a policy without the part of its scope that bearsOn has
// settled.
func anyAction(p *cedar.Policy) *cedar.Policy {
	settled := *p.AST()
	settled.Action = ast.Scope{}.All()
	return cedar.NewPolicyFromAST(&settled)
}

func uid(kind, id string) types.EntityUID {
	return types.NewEntityUID(types.EntityType(kind), types.String(id))
}

// Decide answers whether a principal may take an action on a resource.
func (e *Engine) Decide(p Principal, action string, r Resource, purpose string) Decision {
	bearing, ok := e.byAction[action]
	if !ok {
		return Decision{Reason: fmt.Sprintf("there is no action %q", action)}
	}
	q, ok := e.request(p, action, r, purpose)
	if !ok {
		return Decision{Reason: fmt.Sprintf("a %q is nobody who can act", p.Kind)}
	}
	answer, why := cedar.Authorize(bearing, q, q.Request)
	if len(why.Errors) > 0 { // a policy that cannot be read may have refused
		return Decision{Reason: fmt.Sprintf("policy %s cannot be applied: %s", why.Errors[0].PolicyID, why.Errors[0].Message)}
	}
	if len(why.Reasons) == 0 {
		return Decision{Reason: "no policy permits it"}
	}
	names := make([]string, len(why.Reasons))
	for i, x := range why.Reasons {
		names[i] = string(x.PolicyID)
	}
	sort.Strings(names)
	return Decision{Allowed: answer == cedar.Allow, Reason: strings.Join(names, ", ")}
}
