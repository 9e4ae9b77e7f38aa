package api

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/heed-project/heed/consent"
	"github.com/heed-project/heed/internal/api/view"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

const theEvidence = "Evidence"

type itemQuery struct {
	Part
	Q       string `query:"q" maxLength:"200" doc:"Looked for in names."`
	State   string `query:"state" enum:"unreviewed,in-review,reviewed,returned"`
	Marking string `query:"marking" maxLength:"20"`
	Intake  string `query:"intake" maxLength:"40"`
	Link    string `query:"link" maxLength:"200" doc:"What it belongs to, as in case:C-1."`
	Held    bool   `query:"held"`
	Damaged bool   `query:"damaged"`
}

// itemInput is a file, which is read as it comes.
type itemInput struct {
	Name      string   `query:"name" required:"true" minLength:"1" maxLength:"1024" doc:"What the file is called."`
	Authority string   `query:"authority" required:"true" minLength:"1" maxLength:"4000" doc:"Under what authority it is taken in; it may be provisional."`
	Marking   string   `query:"marking" enum:"CLEAR,GREEN,AMBER,AMBER+STRICT,RED" doc:"AMBER+STRICT where nothing is said."`
	Note      string   `query:"note" maxLength:"4000" doc:"How it came."`
	Link      []string `query:"link,explode" maxItems:"50" doc:"What it belongs to, as in case:C-1."`

	ctx huma.Context
}

// Resolve keeps the request, whose body is not JSON.
func (in *itemInput) Resolve(ctx huma.Context) []error {
	in.ctx = ctx
	return nil
}

// useBody says for what an item is used.
type useBody struct {
	For     string   `json:"for" enum:"keep,analysis,protection,trial,identification,reparation,advocacy,publication,history,research" doc:"The purpose, as permissions name it."`
	Party   string   `json:"party,omitempty" maxLength:"200" doc:"Who uses it, as permissions name them; this office where nothing is said."`
	Classes []string `json:"classes,omitempty" maxItems:"20" doc:"What they are: court, state, un…"`
	In      string   `json:"in,omitempty" maxLength:"3" doc:"The state where it is used, ISO 3166-1 alpha-3."`
	Death   string   `json:"death,omitempty" enum:"excluded,possible" doc:"Whether it may end in a death sentence; not known where nothing is said."`
	Asked   string   `json:"asked,omitempty" maxLength:"400" doc:"What the contributor answered, where permission says to ask."`
}

func (u *useBody) use() (out consent.Use) {
	if u != nil {
		out = consent.Use{For: consent.Purpose(u.For), By: consent.Party{Name: u.Party, Classes: u.Classes}, In: u.In, Death: consent.Death(u.Death), Asked: u.Asked}
	}
	return out
}

type openItemInput struct {
	ByID
	Body struct {
		Purpose string   `json:"purpose" minLength:"1" maxLength:"4000" doc:"It goes on record before the first byte."`
		Use     *useBody `json:"use,omitempty" doc:"Where it is not to be kept or read here."`
	}
}

type holdInput struct {
	Body struct {
		Items     []string `json:"items" minItems:"1" maxItems:"1000" doc:"All of them, or none is changed."`
		Name      string   `json:"name" minLength:"1" maxLength:"100"`
		Authority string   `json:"authority" minLength:"1"`
		Reason    string   `json:"reason" minLength:"1"`
	}
}

type releaseInput struct {
	ByID
	Body struct {
		Name      string `json:"name" minLength:"1"`
		Authority string `json:"authority,omitempty"`
		Reason    string `json:"reason" minLength:"1"`
	}
}

type linkInput struct {
	Body struct {
		Items []string `json:"items" minItems:"1" maxItems:"1000" doc:"All of them, or none is changed."`
		Kind  string   `json:"kind" enum:"case,collection,source,situation,mandate,report,consent"`
		To    string   `json:"to" minLength:"1" maxLength:"100"`
	}
}

func (f *face) evidence() {
	f.unpacking()
	f.near()
	read(f, "/evidence", "list-evidence", "List items of evidence, the newest first", theEvidence, f.listEvidence)
	o := huma.Operation{Method: http.MethodPost, Path: "/evidence", OperationID: "add-evidence", Summary: "Take a file in", Tags: []string{theEvidence}, DefaultStatus: http.StatusCreated,
		Description: "The body is the file itself, of at most limits.upload. It is hashed, encrypted, durable and on record when this answers.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	f.register(o, func(o huma.Operation) { huma.Register(f.api, o, run(f, f.addEvidence)) })
	read(f, "/evidence/{id}", "read-evidence", "Read what is known of an item, and its custody", theEvidence, func(ctx context.Context, w heed.Who, in *ByID) (view.Item, error) {
		x, err := f.h.Item(ctx, w, in.ID)
		if err != nil {
			return view.Item{}, err
		}
		return view.OfItem(x), nil
	})
	f.opening()
	f.exports()
	act(f, "/evidence/links", "link-evidence", "Say what items belong to", theEvidence, func(ctx context.Context, w heed.Who, in *linkInput) error {
		return f.h.LinkEvidence(ctx, w, in.Body.Items, evidence.Link{Kind: in.Body.Kind, To: in.Body.To})
	})
	act(f, "/evidence/holds", "hold-evidence", "Put a legal hold on items", theEvidence, func(ctx context.Context, w heed.Who, in *holdInput) error {
		return f.h.HoldEvidence(ctx, w, in.Body.Items, in.Body.Name, in.Body.Authority, in.Body.Reason)
	})
	act(f, "/evidence/{id}/release", "release-evidence", "End a hold that somebody else put on", theEvidence, func(ctx context.Context, w heed.Who, in *releaseInput) error {
		w.Purpose = in.Body.Reason
		return f.h.ReleaseEvidence(ctx, w, in.ID, in.Body.Name, in.Body.Authority)
	})
}

// linkOf reads kind:id.
func linkOf(text string) (evidence.Link, error) {
	kind, to, ok := strings.Cut(text, ":")
	if !ok || kind == "" || to == "" {
		return evidence.Link{}, fault.Invalid("link", "%q: write kind:id, where kind is one of %s", text, strings.Join(evidence.LinkKinds(), ", "))
	}
	return evidence.Link{Kind: kind, To: to}, nil
}

func (f *face) listEvidence(ctx context.Context, w heed.Who, in *itemQuery) (out list[view.ItemRow], err error) {
	q := heed.EvidenceFilter{Q: in.Q}
	q.Filter = evidence.Filter{State: in.State, Marking: in.Marking, Intake: in.Intake, Held: in.Held, Damaged: in.Damaged, Limit: min(in.Limit, 500)}
	if in.Link != "" {
		if q.Link, err = linkOf(in.Link); err != nil {
			return out, err
		}
	}
	lib, err := f.h.Library(ctx, w, q, in.Offset)
	return listOf(lib.Items, int64(lib.Total), view.OfItemRow), err
}

func (f *face) addEvidence(ctx context.Context, w heed.Who, in *itemInput) (out view.ItemTaken, err error) {
	x := heed.EvidenceInput{Authority: in.Authority, Marking: in.Marking, Note: in.Note, Via: "upload"}
	for _, text := range in.Link {
		l, err := linkOf(text)
		if err != nil {
			return out, err
		}
		x.Links = append(x.Links, l)
	}
	source := evidence.Source{Name: in.Name, Type: in.ctx.Header("Content-Type"), Size: -1, Open: func() (io.ReadCloser, error) { return io.NopCloser(in.ctx.BodyReader()), nil }}
	taken, err := f.h.AddEvidence(ctx, w, x, []evidence.Source{source}, nil)
	if err != nil {
		return out, tooLarge(err)
	}
	if len(taken.Refused) > 0 {
		return out, fault.Invalid("body", "the file was not taken in: %s", taken.Refused[0].Error)
	}
	i := taken.Items[0]
	return view.ItemTaken{ID: i.ID, SHA256: i.SHA256, Bytes: i.Bytes, Entry: i.Entry, SameAs: i.SameAs}, f.h.JudgeSoon(ctx, w, taken.Intake, taken.Items)
}

// opening registers the bytes of an item as a download. Nothing is written
// before that it was opened is on record, so a refusal is an answer like any
// other.
func (f *face) opening() {
	o := huma.Operation{Method: http.MethodPost, Path: "/evidence/{id}/open", OperationID: "open-evidence", Tags: []string{theEvidence}, Responses: only("application/octet-stream"),
		Summary: "Open an item for a purpose", Description: "The bytes as they were taken in. That it was opened, and for what, is an entry before the first of them."}
	f.register(o, func(o huma.Operation) {
		huma.Register(f.api, o, func(ctx context.Context, in *openItemInput) (*huma.StreamResponse, error) {
			who := whoOf(ctx)
			who.Purpose = in.Body.Purpose
			who.Use = in.Body.Use.use()
			return &huma.StreamResponse{Body: func(hc huma.Context) {
				out := &download{ctx: hc, name: strings.NewReplacer("/", "-", `"`, "").Replace(in.ID) + ".bin", media: "application/octet-stream"}
				_, _, err := f.h.OpenEvidence(ctx, who, in.ID, out)
				f.ended(hc, out, err)
			}}, nil
		})
	})
}
