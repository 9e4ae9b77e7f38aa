package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/api/view"
	"github.com/heed-project/heed/internal/cases"
	"github.com/heed-project/heed/internal/coding"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

const theCases = "Cases"

type caseQuery struct {
	State        string `query:"state" enum:"open,charge,conviction,acquittal,closed"`
	Jurisdiction string `query:"jurisdiction" maxLength:"3"`
	Situation    string `query:"situation" maxLength:"100"`
	Overdue      bool   `query:"overdue" doc:"Only those in which a request waits past its date."`
}

type caseInput struct {
	Body struct {
		Name         string   `json:"name" minLength:"1"`
		Authority    string   `json:"authority" minLength:"1" maxLength:"200" doc:"Which authority leads it, as permissions name it."`
		Classes      []string `json:"classes,omitempty" maxItems:"20" doc:"What it is: court, state, un…"`
		Jurisdiction string   `json:"jurisdiction" minLength:"3" maxLength:"3" doc:"The state in which it acts, ISO 3166-1 alpha-3."`
		Marking      string   `json:"marking,omitempty" enum:"CLEAR,GREEN,AMBER,AMBER+STRICT,RED" doc:"AMBER+STRICT where nothing is said."`
		Situation    string   `json:"situation,omitempty"`
		Note         string   `json:"note,omitempty"`
	}
}

type caseItemsInput struct {
	ByID
	Body struct {
		Items []string `json:"items" minItems:"1" maxItems:"1000" doc:"All of them, or none is changed."`
	}
}

type requestInput struct {
	ByID
	Body struct {
		From     string   `json:"from" minLength:"1" doc:"Who signed it."`
		Office   string   `json:"office,omitempty" maxLength:"200" doc:"For which office, as permissions name it; the authority of the case where nothing is said."`
		Classes  []string `json:"classes,omitempty" maxItems:"20"`
		In       string   `json:"in,omitempty" maxLength:"3" doc:"The state where it would be used; that of the case where nothing is said."`
		For      string   `json:"for,omitempty" enum:"keep,analysis,protection,trial,identification,reparation,advocacy,publication,history,research" doc:"trial where nothing is said."`
		Death    string   `json:"death,omitempty" enum:"excluded,possible"`
		Asks     string   `json:"asks" minLength:"1"`
		Received string   `json:"received,omitempty" format:"date" doc:"Today where nothing is said."`
		Due      string   `json:"due" format:"date" doc:"By when an answer is due."`
	}
}

type weighInput struct {
	ByID
	Body struct {
		Items []string `json:"items" maxItems:"400" doc:"Of the case."`
		Death string   `json:"death,omitempty" enum:"excluded,possible" doc:"As it is known now; as the request says where nothing is said."`
		Asked string   `json:"asked,omitempty" maxLength:"400" doc:"What the contributors answered, where permission says to ask."`
	}
}

type outcomeInput struct {
	ByID
	Body struct {
		What   string `json:"what" enum:"charge,conviction,acquittal,closed"`
		Source string `json:"source" minLength:"1" doc:"Where this can be read."`
		Date   string `json:"date,omitempty" format:"date" doc:"Today where nothing is said."`
		Of     string `json:"of,omitempty" doc:"Whom it concerns."`
		Text   string `json:"text,omitempty"`
	}
}

// wrote names the entry that a command made.
type wrote struct {
	Entry int64 `json:"entry"`
}

// cases registers what programs do with cases. To answer a prosecutor needs the
// person; what an answer would be a program may ask.
func (f *face) cases() {
	read(f, "/cases", "list-cases", "List cases, the newest first, and the requests that wait", theCases, func(ctx context.Context, w heed.Who, in *caseQuery) (view.CaseList, error) {
		x, err := f.h.Cases(ctx, w, heed.CaseFilter{State: in.State, In: in.Jurisdiction, Situation: in.Situation, Late: in.Overdue})
		return view.OfCaseList(x), err
	})
	do(f, "/cases", "open-case", "Open a case before an authority", theCases, http.StatusCreated, func(ctx context.Context, w heed.Who, in *caseInput) (made, error) {
		b := in.Body
		id, err := f.h.OpenCase(ctx, w, heed.CaseInput{Words: cases.Words{Name: b.Name, Authority: b.Authority, Classes: b.Classes, Note: b.Note}, In: b.Jurisdiction, Situation: b.Situation, Marking: b.Marking})
		return made{id}, err
	})
	read(f, "/cases/{id}", "read-case", "Read a case: its items, requests, answers and outcomes", theCases, func(ctx context.Context, w heed.Who, in *ByID) (view.Case, error) {
		x, err := f.h.Case(ctx, w, in.ID)
		if err != nil {
			return view.Case{}, err
		}
		return view.OfCase(x), nil
	})
	act(f, "/cases/{id}/items", "link-case-items", "Say which items belong to a case", theCases, func(ctx context.Context, w heed.Who, in *caseItemsInput) error {
		return f.h.LinkEvidence(ctx, w, in.Body.Items, evidence.Link{Kind: "case", To: in.ID})
	})
	do(f, "/cases/{id}/requests", "receive-request", "Enter a request for assistance as it came", theCases, http.StatusCreated, f.receiveRequest)
	do(f, "/requests/{id}/weigh", "weigh-answer", "Say what an answer would give and withhold, and why; nothing is answered", theCases, http.StatusOK,
		func(ctx context.Context, w heed.Who, in *weighInput) (view.Weighed, error) {
			x, err := f.h.WeighAnswer(ctx, w, in.ID, heed.AnswerInput{Items: in.Body.Items, Death: consent.Death(in.Body.Death), Asked: in.Body.Asked})
			return view.OfWeighed(x), err
		})
	do(f, "/cases/{id}/outcomes", "conclude-case", "Enter something that came of a case", theCases, http.StatusCreated, func(ctx context.Context, w heed.Who, in *outcomeInput) (wrote, error) {
		date, err := dayOf("date", in.Body.Date)
		if err != nil {
			return wrote{}, err
		}
		n, err := f.h.ConcludeCase(ctx, w, in.ID, cases.Outcome{What: in.Body.What, Date: date, Of: in.Body.Of, Text: in.Body.Text, Source: in.Body.Source})
		return wrote{n}, err
	})
}

func (f *face) receiveRequest(ctx context.Context, w heed.Who, in *requestInput) (made, error) {
	b := in.Body
	received, err := dayOf("received", b.Received)
	due, err2 := dayOf("due", b.Due)
	if err := cmp.Or(err, err2); err != nil {
		return made{}, err
	}
	id, err := f.h.ReceiveRequest(ctx, w, in.ID, heed.RequestInput{Received: received, Due: due,
		Asked: cases.Asked{From: b.From, Office: b.Office, Classes: b.Classes, In: b.In, For: consent.Purpose(b.For), Death: consent.Death(b.Death), Text: b.Asks}})
	return made{id}, err
}

// dayOf reads a date; none is the zero time.
func dayOf(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fault.Invalid(field, "%.20q is not a date: write YYYY-MM-DD", text)
	}
	return t, nil
}

type codingInput struct {
	ByID
	Body struct {
		Terms   []string           `json:"terms,omitempty" maxItems:"200" doc:"In words of the vocabulary, as act=killing."`
		Events  []view.CodedEvent  `json:"events,omitempty" maxItems:"200"`
		Persons []view.CodedPerson `json:"persons,omitempty" maxItems:"200" doc:"Sealed under the item."`
		Places  []string           `json:"places,omitempty" maxItems:"200"`
		Note    string             `json:"note,omitempty"`
	}
}

type reviewCodingInput struct {
	ByID
	Body struct {
		State string `json:"state" enum:"accepted,returned"`
		Note  string `json:"note,omitempty" doc:"What is to be done, of one that is returned."`
	}
}

type vocabularyInput struct {
	Body struct {
		File string `json:"file" minLength:"1" doc:"CSV with the columns field, code and label."`
	}
}

// coding registers what programs do with what items show.
func (f *face) coding() {
	do(f, "/evidence/{id}/coding", "code-evidence", "Say what an item shows, in the words of the vocabulary", theCases, http.StatusCreated, f.codeEvidence)
	do(f, "/evidence/{id}/coding/review", "review-coding", "Accept what somebody else coded, or give it back with words", theCases, http.StatusCreated,
		func(ctx context.Context, w heed.Who, in *reviewCodingInput) (wrote, error) {
			n, err := f.h.ReviewCoding(ctx, w, in.ID, in.Body.State, in.Body.Note)
			return wrote{n}, err
		})
	read(f, "/vocabulary", "read-vocabulary", "Read the words with which items are coded, and who put them into force", theCases, func(ctx context.Context, w heed.Who, _ *none) (view.Vocabulary, error) {
		v, err := f.h.CodingVocabulary(ctx, w)
		return view.OfVocabulary(v), err
	})
	do(f, "/vocabulary", "adopt-vocabulary", "Put an office's own vocabulary into force", theCases, http.StatusCreated, func(ctx context.Context, w heed.Who, in *vocabularyInput) (view.Vocabulary, error) {
		v, err := f.h.AdoptVocabulary(ctx, w, []byte(in.Body.File))
		return view.OfVocabulary(v), err
	})
}

func (f *face) codeEvidence(ctx context.Context, w heed.Who, in *codingInput) (wrote, error) {
	b := in.Body
	x := coding.Input{Content: coding.Content{Places: b.Places, Note: b.Note}}
	for _, e := range b.Events {
		x.Events = append(x.Events, coding.Event(e))
	}
	for _, p := range b.Persons {
		x.Persons = append(x.Persons, coding.Person(p))
	}
	for _, s := range b.Terms {
		t, err := coding.ParseTerm(s)
		if err != nil {
			return wrote{}, err
		}
		x.Terms = append(x.Terms, t)
	}
	n, err := f.h.CodeEvidence(ctx, w, in.ID, x)
	return wrote{n}, err
}
