package share

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"

	"github.com/heed-project/heed/internal/evidence/line"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// mostNote is the largest request header that is read, in bytes of base64.
const mostNote = 8 << 10

// Lines returns what serves /handover/, where peers hand evidence over online:
//
//	POST /handover/<offer>           announces an offer; answers what is missing
//	PUT  /handover/<offer>/<object>  adds a part to an object
//
// Each request is signed in a header by the key under which the office knows the
// peer. Whoever is not known, or asks another node, for something else or at
// another time, is refused before the body is read.
func Lines(h *heed.Heed, log *slog.Logger) http.Handler {
	f := &face{h: h, log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /handover/{offer}", f.line)
	mux.HandleFunc("PUT /handover/{offer}/{object}", f.line)
	return mux
}

func (f *face) line(w http.ResponseWriter, r *http.Request) {
	text := r.Header.Get(line.RequestHeader)
	note, err := base64.StdEncoding.DecodeString(text)
	if err != nil || text == "" || len(text) > mostNote {
		refuse(w, http.StatusForbidden, "the header "+line.RequestHeader+" is missing or is not base64: a peer signs each request, see docs/spec/custody.md")
		return
	}
	req, err := f.h.LineRequest(r.Context(), note)
	if err != nil {
		f.refuseLine(w, r, err)
		return
	}
	if err := req.Meant(f.h.Origin(), r.Method, r.URL.Path, f.h.Now()); err != nil {
		refuse(w, http.StatusForbidden, "request: "+err.Error())
		return
	}
	most := int64(line.MostPart)
	if r.Method == http.MethodPost {
		most = line.MostWords
	}
	if req.Bytes > most {
		refuse(w, http.StatusRequestEntityTooLarge, "the body is larger than what is read at once")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, req.Bytes))
	if err != nil {
		refuse(w, http.StatusBadRequest, "the body did not arrive as it was signed")
		return
	}
	st, err := f.h.Arrive(r.Context(), req, r.Method, r.URL.Path, body)
	if err != nil {
		f.refuseLine(w, r, err)
		return
	}
	b, err := json.Marshal(st)
	if err != nil {
		f.broken(w, r, err)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	w.Write(b)
}

// lineStatus is the status by which each kind of error is told.
var lineStatus = map[fault.Kind]int{fault.KindDenied: http.StatusForbidden, fault.KindInvalid: http.StatusBadRequest, fault.KindNotFound: http.StatusNotFound,
	fault.KindStale: http.StatusConflict, fault.KindExists: http.StatusConflict, fault.KindLate: http.StatusGone}

func (f *face) refuseLine(w http.ResponseWriter, r *http.Request, err error) {
	if status, ok := lineStatus[fault.KindOf(err)]; ok {
		refuse(w, status, err.Error())
		return
	}
	if r.Context().Err() == nil {
		f.log.Error("take part of a hand-over", "error", err)
	}
	refuse(w, http.StatusInternalServerError, "this node cannot take it just now: try again later")
}
