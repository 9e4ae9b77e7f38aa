package api

import (
	"context"
	"net/http"

	"github.com/heed-project/heed/internal/api/view"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

const situations = "Situations"

type situationQuery struct {
	Part
	State   string `query:"state" enum:"watched,active,closed"`
	Country string `query:"country" maxLength:"3"`
	Q       string `query:"q" maxLength:"200" doc:"Words in the name or the area."`
}

type situationInput struct {
	Body struct {
		Name        string   `json:"name" maxLength:"200"`
		Country     string   `json:"country,omitempty" doc:"It or the area must be given."`
		Area        string   `json:"area,omitempty" maxLength:"1000"`
		Populations []string `json:"populations,omitempty" doc:"People at risk, as they name themselves."`
		State       string   `json:"state,omitempty" enum:"watched,active"`
		Analyst     string   `json:"analyst,omitempty" doc:"A person by number, name, e-mail address or role."`
		Members     []string `json:"members,omitempty"`
		Marking     string   `json:"marking,omitempty" enum:"CLEAR,GREEN,AMBER,AMBER+STRICT,RED"`
	}
}

type reasonInput struct {
	ByID
	Body struct {
		Reason string `json:"reason" minLength:"1"`
	}
}

type stateInput struct {
	ByID
	Body struct {
		State  string `json:"state" enum:"watched,active"`
		Reason string `json:"reason,omitempty" doc:"Needed to take a closed one up again."`
	}
}

type populationInput struct {
	ByID
	Body struct {
		Name string `json:"name" doc:"As they name themselves."`
		Why  string `json:"why,omitempty"`
	}
}

type memberInput struct {
	ByID
	Body struct {
		Person string `json:"person" doc:"By number, name, e-mail address or role."`
	}
}

type nameInput struct {
	ByID
	Body struct {
		Name string `json:"name" minLength:"1"`
		Area string `json:"area,omitempty" doc:"It stays as it is where absent."`
	}
}

func (f *face) situations() {
	read(f, "/situations", "list-situations", "List situations", situations, func(ctx context.Context, w heed.Who, in *situationQuery) (list[view.SituationRow], error) {
		rows, n, err := f.h.Situations(ctx, w, heed.SituationFilter{State: in.State, Country: in.Country, Q: in.Q, Page: in.page()})
		return listOf(rows, n, view.OfSituationRow), err
	})
	do(f, "/situations", "add-situation", "Open a situation", situations, http.StatusCreated, func(ctx context.Context, w heed.Who, in *situationInput) (made, error) {
		b := in.Body
		id, err := f.h.AddSituation(ctx, w, heed.SituationInput{Name: b.Name, Country: b.Country, Area: b.Area, Populations: b.Populations,
			State: b.State, Analyst: b.Analyst, Members: b.Members, Marking: b.Marking})
		return made{id}, err
	})
	read(f, "/situations/{id}", "read-situation", "Read a situation, its timeline and its numbers", situations, func(ctx context.Context, w heed.Who, in *ByID) (view.Situation, error) {
		s, err := f.h.Situation(ctx, w, in.ID)
		return view.OfSituation(s), err
	})
	read(f, "/situations/{id}/matrix", "read-matrix", "Read how its populations stand by the 14 risk factors", situations, func(ctx context.Context, w heed.Who, in *ByID) (heed.Matrix, error) {
		return f.h.RiskMatrix(ctx, w, in.ID)
	})
	act(f, "/situations/{id}/state", "set-situation", "Make a situation watched or active", situations, func(ctx context.Context, w heed.Who, in *stateInput) error {
		return f.h.SetSituation(ctx, w, in.ID, in.Body.State, in.Body.Reason)
	})
	act(f, "/situations/{id}/close", "close-situation", "End the watch over a situation, with the reason", situations, func(ctx context.Context, w heed.Who, in *reasonInput) error {
		return f.h.CloseSituation(ctx, w, in.ID, in.Body.Reason)
	})
	do(f, "/situations/{id}/populations", "add-population", "Add people at risk", situations, http.StatusCreated, func(ctx context.Context, w heed.Who, in *populationInput) (made, error) {
		id, err := f.h.AddPopulation(ctx, w, in.ID, in.Body.Name, in.Body.Why)
		return made{id}, err
	})
	act(f, "/situations/{id}/members", "add-member", "Let a person work on a situation", situations, func(ctx context.Context, w heed.Who, in *memberInput) error {
		return f.h.AddMember(ctx, w, in.ID, in.Body.Person)
	})
	act(f, "/situations/{id}/members/remove", "remove-member", "End a person's work on a situation", situations, func(ctx context.Context, w heed.Who, in *memberInput) error {
		return f.h.RemoveMember(ctx, w, in.ID, in.Body.Person)
	})
	act(f, "/situations/{id}/analyst", "set-analyst", "Make a person responsible for a situation", situations, func(ctx context.Context, w heed.Who, in *memberInput) error {
		return f.h.SetAnalyst(ctx, w, in.ID, in.Body.Person)
	})
	act(f, "/situations/{id}/name", "rename-situation", "Give a situation another name and area", situations, func(ctx context.Context, w heed.Who, in *nameInput) error {
		return f.h.RenameSituation(ctx, w, in.ID, in.Body.Name, in.Body.Area)
	})
}

const assessments = "Assessments"

type assessmentQuery struct {
	Situation string `query:"situation" maxLength:"200" doc:"Number or name; all where empty."`
}

type markInput struct {
	Indicator string   `json:"indicator" doc:"Its code, as in 7.14."`
	State     string   `json:"state" enum:"unknown,absent,present,worsening"`
	Sources   []string `json:"sources,omitempty" doc:"Reports."`
	Source    string   `json:"source,omitempty" doc:"Other sources, in words."`
	Note      string   `json:"note,omitempty"`
}

type assessmentInput struct {
	Body struct {
		Situation  string      `json:"situation"`
		Population string      `json:"population" doc:"By number or name."`
		Marks      []markInput `json:"marks"`
		Summary    string      `json:"summary,omitempty"`
		Marking    string      `json:"marking,omitempty" enum:"CLEAR,GREEN,AMBER,AMBER+STRICT,RED"`
		Carry      bool        `json:"carry,omitempty" doc:"Begin with what was accepted last."`
		Draft      bool        `json:"draft,omitempty" doc:"Leave it a draft; else it goes to a second person."`
	}
}

type saveInput struct {
	ByID
	Body struct {
		Marks   []markInput `json:"marks,omitempty"`
		Summary *string     `json:"summary,omitempty"`
		Seen    int64       `json:"seen,omitempty" doc:"The draft's saved, as it was read."`
		Submit  bool        `json:"submit,omitempty"`
	}
}

type reviewInput struct {
	ByID
	Body struct {
		Accept bool   `json:"accept"`
		Note   string `json:"note,omitempty" doc:"Needed to return it."`
	}
}

func marked(in []markInput) []heed.Marked {
	return view.Each(in, func(m markInput) heed.Marked {
		return heed.Marked{Indicator: m.Indicator, State: m.State, Sources: m.Sources, Source: m.Source, Note: m.Note}
	})
}

func (f *face) assessments() {
	read(f, "/framework", "read-framework", "Read the 14 risk factors and their indicators", assessments, func(ctx context.Context, w heed.Who, in *none) ([]heed.Factor, error) {
		if _, err := f.h.RoleNames(ctx, w); err != nil { // whoever takes part
			return nil, err
		}
		return f.h.Framework(ctx), nil
	})
	read(f, "/assessments", "list-assessments", "List assessments", assessments, func(ctx context.Context, w heed.Who, in *assessmentQuery) (list[heed.AssessmentRow], error) {
		rows, err := f.h.Assessments(ctx, w, in.Situation)
		return list[heed.AssessmentRow]{Items: rows, Total: int64(len(rows))}, err
	})
	do(f, "/assessments", "add-assessment", "Assess the risk to a population", assessments, http.StatusCreated, func(ctx context.Context, w heed.Who, in *assessmentInput) (made, error) {
		b := in.Body
		id, err := f.h.AddAssessment(ctx, w, heed.AssessmentInput{Situation: b.Situation, Population: b.Population, Marks: marked(b.Marks), Summary: b.Summary,
			Marking: b.Marking, Carry: b.Carry, Draft: b.Draft})
		return made{id}, err
	})
	read(f, "/assessments/{id}", "read-assessment", "Read an assessment with all its marks", assessments, func(ctx context.Context, w heed.Who, in *ByID) (heed.Assessment, error) {
		return f.h.Assessment(ctx, w, in.ID)
	})
	act(f, "/assessments/{id}/save", "save-assessment", "Change a draft, or hand it to a second person", assessments, func(ctx context.Context, w heed.Who, in *saveInput) error {
		if len(in.Body.Marks) == 0 && in.Body.Summary == nil && !in.Body.Submit {
			return fault.Invalid("marks", "nothing is to be changed")
		}
		return f.h.SaveAssessment(ctx, w, in.ID, marked(in.Body.Marks), in.Body.Summary, in.Body.Seen, in.Body.Submit)
	})
	act(f, "/assessments/{id}/review", "review-assessment", "Accept or return an assessment that somebody else wrote", assessments, func(ctx context.Context, w heed.Who, in *reviewInput) error {
		return f.h.ReviewAssessment(ctx, w, in.ID, in.Body.Accept, in.Body.Note)
	})
	act(f, "/assessments/{id}/discard", "discard-assessment", "Give an assessment up, with the reason", assessments, func(ctx context.Context, w heed.Who, in *reasonInput) error {
		return f.h.DiscardAssessment(ctx, w, in.ID, in.Body.Reason)
	})
}
