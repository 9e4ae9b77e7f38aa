package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/heed-project/heed/internal/api/view"
	"github.com/heed-project/heed/internal/heed"
)

const warnings = "Warnings"

type warningQuery struct {
	Part
	Situation string `query:"situation" maxLength:"200"`
	State     string `query:"state" enum:"in-force,expired,superseded,closed"`
	Level     int    `query:"level" minimum:"1" maximum:"5"`
	Mine      bool   `query:"mine" doc:"Those that were served on me and that I have not acknowledged."`
}

type warningInput struct {
	Body struct {
		Situation   string        `json:"situation" doc:"Number or name."`
		Level       int           `json:"level" minimum:"1" maximum:"5" doc:"1 low, 2 watch, 3 raised, 4 high, 5 severe."`
		Populations []string      `json:"populations,omitempty" doc:"By number or name."`
		Finding     string        `json:"finding" minLength:"1"`
		Confidence  string        `json:"confidence,omitempty" enum:"low,moderate,high"`
		Marking     string        `json:"marking,omitempty" enum:"CLEAR,GREEN,AMBER,AMBER+STRICT,RED"`
		Why         string        `json:"marking_reason,omitempty" doc:"Why it is marked more open than its situation."`
		Protocol    string        `json:"protocol,omitempty" doc:"An adopted one; the office's own where absent."`
		Opener      string        `json:"opener,omitempty" doc:"The role by whose own standing the protocol is opened."`
		Supersedes  string        `json:"supersedes,omitempty"`
		Expires     time.Time     `json:"expires,omitzero" required:"false"`
		Sources     []sourceInput `json:"sources,omitempty"`
		To          []string      `json:"to" minItems:"1" doc:"People by number, name, e-mail address or role."`
	}
}

type sourceInput struct {
	Kind string `json:"kind" enum:"report,assessment,series,forecast,other"`
	ID   string `json:"id,omitempty"`
	Note string `json:"note,omitempty"`
}

type noteInput struct {
	ByID
	Body *struct {
		Note string `json:"note,omitempty"`
	}
}

// note returns what was said, if anything was.
func (in *noteInput) note() string {
	if in.Body == nil {
		return ""
	}
	return in.Body.Note
}

type proposedClosing struct {
	Proposal   int64     `json:"proposal" doc:"The entry by which one agrees to it; 0 where nobody has proposed."`
	By         heed.Ref  `json:"by,omitzero"`
	At         time.Time `json:"at,omitzero"`
	Reason     heed.Text `json:"reason"`
	Statements []string  `json:"statements,omitempty"`
	Void       string    `json:"void,omitempty" doc:"The duty that was opened since, which makes it void."`
	MayAgree   bool      `json:"may_agree"`
}

type agreeInput struct {
	ByID
	Body struct {
		Proposal int64  `json:"proposal" minimum:"1" doc:"The entry of the proposal that was read and is agreed to."`
		Note     string `json:"note,omitempty"`
	}
}

type closeInput struct {
	ByID
	Body struct {
		Reason     string   `json:"reason" minLength:"1"`
		Statements []string `json:"statements,omitempty" doc:"Keys of the protocol's statements to which one puts one's name."`
	}
}

type proposed struct {
	Proposal int64 `json:"proposal,omitempty" doc:"The entry to which a second person agrees; absent where the warning is closed."`
}

type issued struct {
	ID     string   `json:"id"`
	Entry  int64    `json:"entry"`
	Duties []string `json:"duties" nullable:"false" doc:"The duties that it opened."`
}

func (f *face) warnings() {
	read(f, "/warnings", "list-warnings", "List warnings", warnings, func(ctx context.Context, w heed.Who, in *warningQuery) (list[view.WarningRow], error) {
		rows, n, err := f.h.Warnings(ctx, w, heed.WarningFilter{Situation: in.Situation, State: in.State, Level: in.Level, Mine: in.Mine, Page: in.page()})
		return listOf(rows, n, view.OfWarningRow), err
	})
	do(f, "/warnings", "issue-warning", "Issue a warning and serve it", warnings, http.StatusCreated, f.issue)
	read(f, "/warnings/{id}", "read-warning", "Read a warning", warnings, func(ctx context.Context, w heed.Who, in *ByID) (view.Warning, error) {
		x, err := f.h.Warning(ctx, w, in.ID)
		return view.OfWarning(x), err
	})
	act(f, "/warnings/{id}/acknowledge", "acknowledge-warning", "Acknowledge a warning that one was served", warnings, func(ctx context.Context, w heed.Who, in *noteInput) error {
		return f.h.AcknowledgeWarning(ctx, w, in.ID, in.note())
	})
	do(f, "/warnings/{id}/close", "close-warning", "End a warning, with the reason, or propose it where a second person is wanted", warnings, http.StatusOK,
		func(ctx context.Context, w heed.Who, in *closeInput) (proposed, error) {
			entry, err := f.h.CloseWarning(ctx, w, in.ID, in.Body.Reason, in.Body.Statements)
			return proposed{entry}, err
		})
	read(f, "/warnings/{id}/closing", "read-closing", "Read the proposal to close that waits for a second person", warnings, func(ctx context.Context, w heed.Who, in *ByID) (proposedClosing, error) {
		x, err := f.h.ProposedClosing(ctx, w, in.ID)
		return proposedClosing{x.Entry, x.By, x.At, x.Reason, x.Statements, x.Void, x.MayAgree}, err
	})
	act(f, "/warnings/{id}/agree-close", "agree-close-warning", "Give the second person's word on a proposal to close", warnings, func(ctx context.Context, w heed.Who, in *agreeInput) error {
		return f.h.AgreeClosing(ctx, w, in.ID, in.Body.Proposal, in.Body.Note)
	})
	raw(f, "/warnings/{id}/cap", "read-warning-cap", "Read a warning in the Common Alerting Protocol", warnings, "application/cap+xml", func(ctx context.Context, w heed.Who, in *ByID) ([]byte, error) {
		return f.h.WarningCAP(ctx, w, in.ID)
	})
}

func (f *face) issue(ctx context.Context, w heed.Who, in *warningInput) (issued, error) {
	b := in.Body
	x := heed.WarningInput{Situation: b.Situation, Level: b.Level, Populations: b.Populations, Finding: b.Finding, Confidence: b.Confidence, Marking: b.Marking, MarkingReason: b.Why,
		Protocol: b.Protocol, Opener: b.Opener, Supersedes: b.Supersedes, Expires: b.Expires, To: b.To}
	for _, s := range b.Sources {
		x.Sources = append(x.Sources, heed.WarningSource{Kind: s.Kind, ID: s.ID, Note: s.Note})
	}
	out, err := f.h.IssueWarning(ctx, w, x)
	y := issued{ID: out.ID, Entry: out.Entry, Duties: []string{}}
	for _, d := range out.Duties {
		y.Duties = append(y.Duties, d.ID)
	}
	return y, err
}

// file is an answer that is not JSON.
type file struct {
	Type string `header:"Content-Type"`
	Body []byte
}

// only describes an answer of one media type.
func only(media string) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{media: {Schema: &huma.Schema{Type: "string"}}}}}
}

const duties = "Duties"

type dutyQuery struct {
	Part
	Owner     string `query:"owner" maxLength:"200" doc:"A person, or me."`
	State     string `query:"state" enum:"late,open,done,acknowledged,explained,lapsed" doc:"Open is what is owed and not late, done what is answered."`
	Warning   string `query:"warning" maxLength:"40"`
	Situation string `query:"situation" maxLength:"200"`
}

type whatInput struct {
	ByID
	Body struct {
		What string `json:"what" minLength:"1" doc:"What was done."`
	}
}

type followInput struct {
	ByID
	Body struct {
		Title string    `json:"title" minLength:"1"`
		What  string    `json:"what,omitempty"`
		Owner string    `json:"owner" doc:"A person by number, name, e-mail address or role."`
		Due   time.Time `json:"due"`
	}
}

func (f *face) duties() {
	read(f, "/duties", "list-duties", "List duties, the one that is due first first", duties, func(ctx context.Context, w heed.Who, in *dutyQuery) (list[view.DutyRow], error) {
		rows, n, err := f.h.Duties(ctx, w, heed.DutyFilter{Owner: in.Owner, State: in.State, Warning: in.Warning, Situation: in.Situation, Page: in.page()})
		return listOf(rows, n, view.OfDutyRow), err
	})
	read(f, "/duties/{id}", "read-duty", "Read a duty: who owes what by when", duties, func(ctx context.Context, w heed.Who, in *ByID) (view.Duty, error) {
		d, err := f.h.Duty(ctx, w, in.ID)
		return view.OfDuty(d), err
	})
	act(f, "/duties/{id}/acknowledge", "acknowledge-duty", "Say that one knows of a duty", duties, func(ctx context.Context, w heed.Who, in *noteInput) error {
		return f.h.AcknowledgeDuty(ctx, w, in.ID, in.note())
	})
	act(f, "/duties/{id}/do", "do-duty", "Answer a duty by doing it", duties, func(ctx context.Context, w heed.Who, in *whatInput) error {
		return f.h.DoDuty(ctx, w, in.ID, in.Body.What)
	})
	act(f, "/duties/{id}/explain", "explain-duty", "Answer a duty with the reasons why it is not done", duties, func(ctx context.Context, w heed.Who, in *reasonInput) error {
		return f.h.ExplainDuty(ctx, w, in.ID, in.Body.Reason)
	})
	act(f, "/duties/{id}/agree", "agree-duty", "Give the second person's word on a proposed answer", duties, func(ctx context.Context, w heed.Who, in *agreeInput) error {
		return f.h.AgreeDuty(ctx, w, in.ID, in.Body.Proposal, in.Body.Note)
	})
	do(f, "/duties/{id}/follow-ups", "follow-up", "Set a duty that outlives this one", duties, http.StatusCreated, func(ctx context.Context, w heed.Who, in *followInput) (made, error) {
		id, err := f.h.FollowUp(ctx, w, in.ID, heed.FollowUpInput{Title: in.Body.Title, What: in.Body.What, Owner: in.Body.Owner, Due: in.Body.Due})
		return made{id}, err
	})
}

const decisions = "Decisions"

type decisionInput struct {
	Body struct {
		Warning     string        `json:"warning"`
		Known       string        `json:"known,omitempty"`
		Options     []heed.Option `json:"options,omitempty"`
		Choice      string        `json:"choice" minLength:"1"`
		Reason      string        `json:"reason" minLength:"1"`
		Community   string        `json:"community,omitempty" doc:"What the affected communities ask, or"`
		NoCommunity string        `json:"no_community,omitempty" doc:"why they were not asked: one of the two is needed."`
		Supersedes  string        `json:"supersedes,omitempty"`
		Marking     string        `json:"marking,omitempty" enum:"CLEAR,GREEN,AMBER,AMBER+STRICT,RED"`
	}
}

type textInput struct {
	ByID
	Body struct {
		Text string `json:"text" minLength:"1"`
	}
}

func (f *face) decisions() {
	read(f, "/decisions", "list-decisions", "List decisions", decisions, func(ctx context.Context, w heed.Who, in *Part) (list[view.DecisionRow], error) {
		rows, n, err := f.h.Decisions(ctx, w, in.page())
		return listOf(rows, n, view.OfDecisionRow), err
	})
	do(f, "/decisions", "draft-decision", "Set out what is known, the options and the choice for its signer", decisions, http.StatusCreated,
		func(ctx context.Context, w heed.Who, in *decisionInput) (made, error) {
			b := in.Body
			id, err := f.h.DraftDecision(ctx, w, heed.DecisionInput{Warning: b.Warning, Marking: b.Marking, Supersedes: b.Supersedes, Known: b.Known, Options: b.Options,
				Choice: b.Choice, Reason: b.Reason, Community: b.Community, NoCommunity: b.NoCommunity})
			return made{id}, err
		})
	read(f, "/decisions/{id}", "read-decision", "Read a decision", decisions, func(ctx context.Context, w heed.Who, in *ByID) (view.Decision, error) {
		d, err := f.h.Decision(ctx, w, in.ID)
		return view.OfDecision(d), err
	})
	act(f, "/decisions/{id}/dissent", "dissent", "Put one's dissent from a decision on record", decisions, func(ctx context.Context, w heed.Who, in *textInput) error {
		return f.h.AddDissent(ctx, w, in.ID, in.Body.Text)
	})
}
