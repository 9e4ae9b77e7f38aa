package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/heed-project/heed/internal/api/view"
	"github.com/heed-project/heed/internal/heed"
)

const theRecord = "Record"

type entryQuery struct {
	Kind    string    `query:"kind" maxLength:"60" doc:"A kind as in warning.issued, or a noun as in warning."`
	Subject string    `query:"subject" maxLength:"100" doc:"What it is about, as in W-3."`
	Actor   string    `query:"actor" maxLength:"40"`
	From    time.Time `query:"from"`
	To      time.Time `query:"to"`
	Before  int64     `query:"before" minimum:"0" doc:"Only entries with a smaller number: the last of the page before."`
	Limit   int       `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type numbered struct {
	Index int64 `path:"index" minimum:"0"`
}

type searchQuery struct {
	Q string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"A number as in W-3 or E-120, or words of a name."`
}

type aboutQuery struct {
	About string `query:"about" required:"true" maxLength:"100" doc:"A warning, a situation, or anything else with a history."`
}

func (f *face) record() {
	read(f, "/entries", "list-entries", "List entries of the record, the newest first", theRecord, func(ctx context.Context, w heed.Who, in *entryQuery) ([]heed.EntryRow, error) {
		return f.h.Entries(ctx, w, heed.EntryFilter{Kind: in.Kind, Subject: in.Subject, Actor: in.Actor, From: in.From, To: in.To, Before: in.Before, Limit: in.Limit})
	})
	read(f, "/entries/{index}", "read-entry", "Read an entry with its exact bytes and its place in the log", theRecord, func(ctx context.Context, w heed.Who, in *numbered) (heed.Entry, error) {
		return f.h.Entry(ctx, w, in.Index)
	})
	raw(f, "/entries/{index}/proof", "read-proof", "Read the proof that an entry is in the log (C2SP tlog-proof)", theRecord, "text/plain", func(ctx context.Context, w heed.Who, in *numbered) ([]byte, error) {
		return f.h.EntryProof(ctx, w, in.Index)
	})
	read(f, "/knew", "who-knew", "Read who knew what, when, and what they did", theRecord, func(ctx context.Context, w heed.Who, in *aboutQuery) (view.Knew, error) {
		k, err := f.h.Knew(ctx, w, in.About)
		return view.OfKnew(k), err
	})
	f.packs()
	read(f, "/search", "search", "Find by number or name", theRecord, func(ctx context.Context, w heed.Who, in *searchQuery) ([]heed.Hit, error) {
		return f.h.Find(ctx, w, in.Q)
	})
	read(f, "/node", "read-node", "Read how the node is set up", theRecord, func(ctx context.Context, w heed.Who, in *none) (heed.NodeInfo, error) {
		return f.h.Info(ctx, w)
	})
	do(f, "/node/tick", "tick", "Write down what has fallen due", theRecord, http.StatusOK, func(ctx context.Context, w heed.Who, in *none) (heed.Ticked, error) {
		return f.h.TickAs(ctx, w)
	})
	read(f, "/node/verification", "verify", "Check the whole log: every leaf, tile and the signed root", theRecord, func(ctx context.Context, w heed.Who, in *none) (verified, error) {
		v, err := f.h.Verify(ctx, w, nil)
		return verified{v.Size, v.Root}, err
	})
}

type verified struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

// packs registers the pack as a download. Nothing is written before heed has
// decided, so a refusal is an answer like any other.
func (f *face) packs() {
	o := huma.Operation{Method: http.MethodPost, Path: "/packs", OperationID: "take-pack", Tags: []string{theRecord}, Responses: only("application/zip"),
		Summary:     "Take out who knew what and when, sealed words left sealed",
		Description: "A zip file with the entries, their proofs and a page to print; heed-verify checks it without this node. That it was taken is an entry."}
	f.register(o, func(o huma.Operation) {
		huma.Register(f.api, o, func(ctx context.Context, in *aboutQuery) (*huma.StreamResponse, error) {
			who := whoOf(ctx)
			return &huma.StreamResponse{Body: func(hc huma.Context) {
				out := &download{ctx: hc, name: "heed-" + strings.NewReplacer("/", "-", `"`, "").Replace(in.About) + ".zip", media: "application/zip"}
				if _, err := f.h.KnewPack(ctx, who, in.About, false, out); err != nil && !out.begun {
					f.write(hc, f.problem(ctx, err))
				} else if err != nil {
					f.log.Error("api: pack", "error", err)
				}
			}}, nil
		})
	})
}

// download begins the answer when the first byte of a file comes.
type download struct {
	ctx         huma.Context
	name, media string
	begun       bool
	w           io.Writer
}

func (d *download) begin() {
	if d.begun {
		return
	}
	d.begun = true
	d.ctx.SetHeader("Content-Type", d.media)
	d.ctx.SetHeader("Content-Disposition", `attachment; filename="`+d.name+`"`)
	d.ctx.SetStatus(http.StatusOK)
	d.w = d.ctx.BodyWriter()
}

func (d *download) Write(b []byte) (int, error) {
	d.begin()
	return d.w.Write(b)
}

// raw registers a reading that answers with something other than JSON.
func raw[I any](f *face, path, id, summary, tag, media string, g func(context.Context, heed.Who, *I) ([]byte, error)) {
	o := huma.Operation{Method: http.MethodGet, Path: path, OperationID: id, Summary: summary, Tags: []string{tag}, Responses: only(media)}
	f.register(o, func(o huma.Operation) {
		huma.Register(f.api, o, func(ctx context.Context, in *I) (*file, error) {
			b, err := g(ctx, whoOf(ctx), in)
			if err != nil {
				return nil, f.problem(ctx, err)
			}
			return &file{media, b}, nil
		})
	})
}
