package response

import (
	"slices"
	"strings"

	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
	"github.com/heed-project/heed/protocol"
)

// ClosingInput is what somebody brings to close a response.
type ClosingInput struct {
	Warning    string
	Role       string // in which they do
	Reason     string
	Statements []string // keys of the protocol's statements to which they put their name
}

// proposed is the open part of closing.proposed.
type proposed struct {
	Warning string `json:"warning"`
	Role    string `json:"role"`
}

// agreed is the open part of closing.agreed.
type agreed struct {
	Warning  string `json:"warning"`
	Proposal int64  `json:"proposal"`
	By       string `json:"by"` // who proposed
	Role     string `json:"role"`
}

// closed is the open part of response.closed.
type closed struct {
	Warning  string `json:"warning"`
	Proposal int64  `json:"proposal,omitempty"` // to which a second person agreed
}

// A Closing is the sealed part of what closes a response or proposes to.
type Closing struct {
	Reason     string   `json:"text"`
	Statements []string `json:"statements,omitempty"`
}

// ProposeClosing proposes to end a response whose protocol's conditions are
// met, and says what still stands against it otherwise. It returns the entry
// to which a second person agrees, see [AgreeClosing]; where the protocol
// wants no second person it closes at once and returns 0.
func ProposeClosing(tx *record.Tx, in ClosingInput) (int64, error) {
	r, p, err := running(tx.View, in.Warning)
	if err != nil {
		return 0, err
	}
	words := Closing{strings.TrimSpace(in.Reason), in.Statements}
	end := protocol.Ending{Role: in.Role}
	if len(p.Closing.AgreedBy) > 0 {
		end.AgreedBy = p.Closing.AgreedBy[0] // somebody will have to
	}
	if err := ready(tx.View, p, end, in.Warning, words); err != nil {
		return 0, err
	}
	if len(p.Closing.AgreedBy) == 0 {
		_, err := tx.Append(r.draft("response.closed", closed{Warning: r.Warning}, words))
		return 0, err
	}
	e, err := tx.Append(r.draft("closing.proposed", proposed{r.Warning, in.Role}, words))
	return e.Index, err
}

// AgreeClosing is the second person's word on a proposal to close, named by
// its entry. The conditions must still be met, and a duty that was opened since
// makes the proposal void. It returns what was proposed.
func AgreeClosing(tx *record.Tx, warning string, proposal int64, v Voice, note string) (Closing, error) {
	r, p, err := running(tx.View, warning)
	if err != nil {
		return Closing{}, err
	}
	role := first(v.Roles, p.Closing.AgreedBy)
	switch {
	case r.Proposal == 0:
		return Closing{}, fault.Stale("nobody has proposed to close %s", warning)
	case proposal != r.Proposal:
		return Closing{}, fault.WithHint(fault.Stale("the proposal to close %s is that of entry %d, not %d", warning, r.Proposal, proposal),
			"read what is proposed now, and agree to that")
	case r.ProposedBy == tx.By.Person:
		return Closing{}, fault.Denied("you proposed it: closing wants a second person")
	case role == "":
		return Closing{}, fault.Denied("a second person must agree, in one of these roles: %s", strings.Join(p.Closing.AgreedBy, ", "))
	}
	if void, err := Void(tx.View, r); err != nil || void != "" {
		if err == nil {
			err = fault.WithHint(fault.Stale("%s was opened since it was proposed to close %s", void, warning), "propose it again once that is answered")
		}
		return Closing{}, err
	}
	words, err := ReadClosing(tx.View, r.Proposal)
	if err != nil {
		return words, err
	}
	if err := ready(tx.View, p, protocol.Ending{Role: r.ProposedIn, AgreedBy: role}, warning, words); err != nil {
		return words, err
	}
	d := r.draft("closing.agreed", agreed{warning, proposal, r.ProposedBy, role}, nil)
	d.Subjects = append(d.Subjects, r.ProposedBy)
	if note = strings.TrimSpace(note); note != "" {
		d.Sealed = said{note}
	}
	if _, err := tx.Append(d); err != nil {
		return words, err
	}
	_, err = tx.Append(r.draft("response.closed", closed{warning, proposal}, words))
	return words, err
}

// Void returns the duty that was opened since it was proposed to close a
// response, "" if none was.
func Void(v *record.View, r Response) (string, error) {
	all, err := List(v, Filter{Warning: r.Warning})
	if err != nil {
		return "", err
	}
	for _, d := range all {
		if d.Entry > r.Proposal {
			return d.ID, nil
		}
	}
	return "", nil
}

// ReadClosing returns what was said in closing a response or proposing to.
func ReadClosing(v *record.View, entry int64) (Closing, error) {
	var c Closing
	err := v.Unseal(entry, &c)
	return c, err
}

// running returns a response that is not closed, and the text it runs under.
func running(v *record.View, warning string) (Response, *protocol.Protocol, error) {
	r, err := OfWarning(v, warning)
	if err != nil {
		return r, nil, err
	}
	if !r.Closed.IsZero() {
		return r, nil, fault.Stale("the response to %s was closed on %s", warning, r.Closed.Format("2 January 2006"))
	}
	p, err := ProtocolOf(v, r.Protocol)
	return r, p, err
}

// ready says what stands against an ending.
func ready(v *record.View, p *protocol.Protocol, end protocol.Ending, warning string, words Closing) error {
	all, err := List(v, Filter{Warning: warning})
	if err != nil {
		return err
	}
	end.Reason, end.Statements = words.Reason, words.Statements
	for _, d := range all {
		end.Duties = append(end.Duties, protocol.Standing{Due: d.due(), State: d.State})
	}
	if missing := p.Missing(end); len(missing) > 0 {
		return fault.Stale("%s cannot be closed: %s", warning, strings.Join(missing, "; "))
	}
	return nil
}

func (r Response) draft(kind string, open, sealed any) record.Draft {
	return record.Draft{Kind: kind, Subjects: []string{r.Warning, r.Situation}, Marking: r.Marking, Open: open, Sealed: sealed}
}

// first returns the first of have that is in want, "" if none is.
func first(have, want []string) string {
	for _, h := range have {
		if slices.Contains(want, h) {
			return h
		}
	}
	return ""
}
