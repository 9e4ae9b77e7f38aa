// Package api is the face that programs see: the commands and readings of
// heed under /api/v1, in JSON, described by an OpenAPI 3.1 document.
//
//	mux.Handle("/api/", api.New(h, conf, log))
//
// A program acts as the person who made its token, as far as the token's scopes
// go, and is told what that person would be told. It comes with
//
//	Authorization: Bearer heed_…
//
// and with nothing else: there are no cookies, so another site's page has
// nothing to ride on. What needs the person is not here: to sign a decision, to
// open protected words, to erase, to disclose, to keep people and protocols.
//
//	GET /api/             the operations, for people
//	GET /api/v1/openapi.json, /api/v1/openapi.yaml
//
// Errors are problems by RFC 9457 with the kind of the fault and, where there
// is one, the name of the input and a hint. Requests are counted by token and
// limited by limits.api; bodies by 1 MiB, imports and evidence by limits.upload.
//
// It promises that no operation answers without a token and that each asks
// access for a decision, and it trusts heed to do so. It trusts a proxy's word
// on where a request comes from only if proxy.trusted names it.
//
// Sources: OpenAPI 3.1, RFC 6750 (bearer tokens), RFC 9457 (problems).
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/heed"
)

// base is where the operations are.
const base = "/api/v1"

// maxBody is the largest request but a file, in bytes.
const maxBody = 1 << 20

// face serves /api/.
type face struct {
	h       *heed.Heed
	c       *conf.Config
	log     *slog.Logger
	api     huma.API
	limiter *limiter
	trusted []netip.Prefix
}

// New returns what serves /api/.
func New(h *heed.Heed, c *conf.Config, log *slog.Logger) http.Handler {
	problems()
	f := &face{h: h, c: c, log: log, limiter: newLimiter(c.Limits.API), trusted: c.Proxy.Trusted}
	mux := http.NewServeMux()
	f.api = humago.NewWithPrefix(mux, base, f.config())
	f.api.UseMiddleware(f.admit)
	f.situations()
	f.reports()
	f.assessments()
	f.warnings()
	f.duties()
	f.decisions()
	f.protocols()
	f.record()
	f.people()
	f.evidence()
	f.cases()
	f.coding()
	f.outlook()
	f.impacts()
	f.documents(mux)
	return f.bounded(mux)
}

func (f *face) config() huma.Config {
	c := huma.DefaultConfig("Heed", "1")
	c.CreateHooks = nil // no links to schemas in answers
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.RejectUnknownQueryParameters = true
	c.Servers = []*huma.Server{{URL: strings.TrimSuffix(f.c.URL, "/") + base}}
	c.Info.Description = about
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", BearerFormat: "heed_…",
		Description: "A token that a person made under Settings. With the scope read it reads; with write it also acts."}}
	return c
}

const about = `A node of Heed, for programs: situations, reports, assessments, warnings, duties, decisions, evidence, cases, forecasts, what measures changed, and the record behind them.

A program acts as the person who made its token and is told what that person would be told. What needs the person is refused to every token and is not here: to sign a decision, to answer a prosecutor, to open what a source confided, to erase, to disclose sealed words in a pack, to keep people and protocols.

Times are UTC in the form of RFC 3339, countries ISO 3166-1 alpha-3. A text that lives in a sealed part comes as {"body", "state"}: a state of "sealed" means that it is not for the reader, "erased" that it was destroyed under an authority that is on record.`

// bounded limits what comes in and says what nobody may do with the answers.
func (f *face) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := int64(maxBody)
		if p := r.URL.Path; p == base+"/imports" || p == base+"/evidence" {
			limit = int64(f.c.Limits.Upload) << 20
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

type who struct{}

// whoOf is the person in whose name a request comes.
func whoOf(ctx context.Context) heed.Who {
	w, _ := ctx.Value(who{}).(heed.Who)
	return w
}

// admit lets in who has a token, as often as the limit allows.
func (f *face) admit(ctx huma.Context, next func(huma.Context)) {
	scheme, secret, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="heed"`)
		f.refuse(ctx, http.StatusUnauthorized, "come with a token: Authorization: Bearer heed_…")
		return
	}
	w, id, err := f.h.ByToken(ctx.Context(), strings.TrimSpace(secret), heed.Client{Address: f.address(ctx)})
	if err != nil {
		p := f.problem(ctx.Context(), err)
		if p.Status == http.StatusForbidden {
			ctx.SetHeader("WWW-Authenticate", `Bearer realm="heed", error="invalid_token"`)
			p.Status, p.Title = http.StatusUnauthorized, http.StatusText(http.StatusUnauthorized)
		}
		f.write(ctx, p)
		return
	}
	if wait := f.limiter.take(id); wait > 0 {
		ctx.SetHeader("Retry-After", seconds(wait))
		f.refuse(ctx, http.StatusTooManyRequests, "this token asked more often than limits.api allows")
		return
	}
	next(huma.WithValue(ctx, who{}, w))
}

// address is where a request comes from, past the proxies that are trusted.
func (f *face) address(ctx huma.Context) string {
	at := netip.Addr{}
	if ap, err := netip.ParseAddrPort(ctx.RemoteAddr()); err == nil {
		at = ap.Addr().Unmap()
	}
	hops := strings.Split(ctx.Header("X-Forwarded-For"), ",")
	for i := len(hops) - 1; i >= 0 && f.proxy(at); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = hop.Unmap()
	}
	return at.String()
}

func (f *face) proxy(at netip.Addr) bool {
	for _, p := range f.trusted {
		if p.Contains(at) {
			return true
		}
	}
	return false
}

// answer is a body of an answer.
type answer[T any] struct{ Body T }

// list is a part of a list, and how long the whole is.
type list[T any] struct {
	Items []T   `json:"items" nullable:"false"`
	Total int64 `json:"total" doc:"How many there are on all pages."`
}

func listOf[A, B any](all []A, total int64, view func(A) B) list[B] {
	out := list[B]{Items: make([]B, 0, len(all)), Total: total}
	for _, a := range all {
		out.Items = append(out.Items, view(a))
	}
	return out
}

// A Part is the part of a list that is asked for.
type Part struct {
	Limit  int `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many rows."`
	Offset int `query:"offset" minimum:"0" default:"0" doc:"From which row on."`
}

func (p Part) page() heed.Page { return heed.Page{Limit: p.Limit, Offset: p.Offset} }

// ByID names one thing.
type ByID struct {
	ID string `path:"id" maxLength:"100" doc:"Its number."`
}

// made names what a command made.
type made struct {
	ID string `json:"id"`
}

// none is no input.
type none struct{}

// read registers an operation that changes nothing.
func read[I, O any](f *face, path, id, summary, tag string, g func(context.Context, heed.Who, *I) (O, error)) {
	f.register(huma.Operation{Method: http.MethodGet, Path: path, OperationID: id, Summary: summary, Tags: []string{tag}}, func(o huma.Operation) {
		huma.Register(f.api, o, run(f, g))
	})
}

// do registers a command that answers with something.
func do[I, O any](f *face, path, id, summary, tag string, status int, g func(context.Context, heed.Who, *I) (O, error)) {
	f.register(huma.Operation{Method: http.MethodPost, Path: path, OperationID: id, Summary: summary, Tags: []string{tag}, DefaultStatus: status}, func(o huma.Operation) {
		huma.Register(f.api, o, run(f, g))
	})
}

// act registers a command that answers with nothing.
func act[I any](f *face, path, id, summary, tag string, g func(context.Context, heed.Who, *I) error) {
	o := huma.Operation{Method: http.MethodPost, Path: path, OperationID: id, Summary: summary, Tags: []string{tag}, DefaultStatus: http.StatusNoContent}
	f.register(o, func(o huma.Operation) {
		huma.Register(f.api, o, func(ctx context.Context, in *I) (*struct{}, error) {
			if err := g(ctx, whoOf(ctx), in); err != nil {
				return nil, f.problem(ctx, err)
			}
			return nil, nil
		})
	})
}

func (f *face) register(o huma.Operation, register func(huma.Operation)) {
	scope := "read"
	if o.Method != http.MethodGet {
		scope = "write"
	}
	o.Security = []map[string][]string{{"token": {scope}}}
	register(o)
}

// run turns a reading or a command into an operation.
func run[I, O any](f *face, g func(context.Context, heed.Who, *I) (O, error)) func(context.Context, *I) (*answer[O], error) {
	return func(ctx context.Context, in *I) (*answer[O], error) {
		out, err := g(ctx, whoOf(ctx), in)
		if err != nil {
			return nil, f.problem(ctx, err)
		}
		return &answer[O]{out}, nil
	}
}
