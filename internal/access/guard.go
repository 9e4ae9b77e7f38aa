package access

import (
	"context"
	"slices"
	"sync"

	"github.com/heed-project/heed/internal/fault"
)

// A Trace collects the decisions made in one context.
type Trace struct {
	mu   sync.Mutex
	made []Made
}

// Made is a decision and what it was about.
type Made struct {
	Principal string // the id
	Action    string
	Resource  string // the id
	Decision
}

type traceKey struct{}

// Track returns a context in which decisions are collected.
func Track(ctx context.Context) (context.Context, *Trace) {
	t := &Trace{}
	return context.WithValue(ctx, traceKey{}, t), t
}

// Tracked returns the trace of a context, or nil.
func Tracked(ctx context.Context) *Trace {
	t, _ := ctx.Value(traceKey{}).(*Trace)
	return t
}

// Decisions returns what was decided so far, in order.
func (t *Trace) Decisions() []Made {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.made)
}

func (t *Trace) add(m Made) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.made = append(t.made, m)
}

// Ask decides and leaves a mark in the context's trace.
func (e *Engine) Ask(ctx context.Context, p Principal, action string, r Resource, purpose string) Decision {
	d := e.Decide(p, action, r, purpose)
	if t := Tracked(ctx); t != nil {
		t.add(Made{p.ID, action, r.ID, d})
	}
	return d
}

// Check is Ask with the answer as an error: nil, or a fault of kind Denied.
// Where somebody may not read, the fault is of kind NotFound, so that they
// cannot learn what there is.
func (e *Engine) Check(ctx context.Context, p Principal, action string, r Resource, purpose string) error {
	d := e.Ask(ctx, p, action, r, purpose)
	switch {
	case d.Allowed:
		return nil
	case e.hidden[action] && r.ID != "":
		return fault.NotFound("there is no %s that you may read", named(r))
	case d.Reason == "state-the-purpose":
		return fault.Invalid("purpose", "%s needs a stated purpose, which is put on record", action)
	}
	return fault.WithHint(fault.Denied("you may not do this: %s on %s (%s)", action, named(r), d.Reason),
		"somebody with the role for it must do it, or an administrator must give you the role")
}

// named says what a resource is, in words.
func named(r Resource) string {
	switch {
	case r.Type == "" && r.ID == "":
		return "this node"
	case r.Type == "":
		return r.ID
	case r.ID == "":
		return r.Type
	}
	return r.Type + " " + r.ID
}

// Allows is Ask for lists: it keeps the resources that a principal may take an
// action on.
func Allows[T any](ctx context.Context, e *Engine, p Principal, action string, all []T, of func(T) Resource) []T {
	out := make([]T, 0, len(all))
	for _, x := range all {
		if e.Ask(ctx, p, action, of(x), "").Allowed {
			out = append(out, x)
		}
	}
	return out
}
