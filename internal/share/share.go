// Package share is the face that other nodes, clients of the log and witnesses
// see: it serves the log in the form of C2SP tlog-tiles, cosigns the logs of
// others as a C2SP tlog-witness, and asks the witnesses of this node's own log
// for their cosignatures.
//
//	mux.Handle("/log/", share.New(h, conf, log))
//	go share.WitnessLoop(ctx, h, log)
//
// What it serves:
//
//	GET  /log/checkpoint              the latest checkpoint, with cosignatures
//	GET  /log/key                     the log's verifier key
//	GET  /log/tile/<level>/<n>        tiles of hashes
//	GET  /log/tile/entries/<n>        leaves: headers and salted digests
//	GET  /log/witness/key             the verifier key of this node's cosignatures
//	POST /log/witness/add-checkpoint  a cosignature for a log that is known here
//
// Checkpoint, keys and hashes are open to everybody. Leaves say who did what
// when, without a word of content; whether everybody may read them is the
// setting log.public.
//
// It trusts nobody who asks: whatever comes is limited in size and time, and a
// checkpoint counts for its signature alone. It does not trust the witnesses
// either. A witness's word is believed in one thing only, that it has seen
// another history than this node shows: that is an entry in the record and an
// alarm until the witness cosigns again.
//
// Sources: C2SP tlog-tiles, tlog-checkpoint, tlog-cosignature, tlog-witness.
package share

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/ledger"
)

// maxRequest is the largest request for a cosignature, in bytes: a checkpoint
// and a proof are a few thousand.
const maxRequest = 64 << 10

// face serves /log/.
type face struct {
	h      *heed.Heed
	public bool
	log    *slog.Logger
}

// New returns what serves /log/.
func New(h *heed.Heed, c *conf.Config, log *slog.Logger) http.Handler {
	f := &face{h: h, public: c.Log.Public || h.Exercise(), log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /log/checkpoint", f.checkpoint)
	mux.HandleFunc("GET /log/key", f.key)
	mux.HandleFunc("GET /log/tile/", f.tile)
	mux.HandleFunc("GET /log/witness/key", f.witnessKey)
	mux.HandleFunc("POST /log/witness/add-checkpoint", f.addCheckpoint)
	return mux
}

// text answers with plain text that is read anew each time.
func text(w http.ResponseWriter, status int, b []byte) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(b)
}

// refuse answers with a reason in one line.
func refuse(w http.ResponseWriter, status int, reason string) {
	text(w, status, []byte(reason+"\n"))
}

// broken logs what went wrong here and tells no more than that.
func (f *face) broken(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		f.log.Error("serve the log", "error", err)
	}
	refuse(w, http.StatusInternalServerError, "the log cannot be read just now")
}

func (f *face) checkpoint(w http.ResponseWriter, r *http.Request) {
	b, err := f.h.Checkpoint(r.Context())
	if err != nil {
		f.broken(w, r, err)
		return
	}
	text(w, http.StatusOK, b)
}

func (f *face) key(w http.ResponseWriter, r *http.Request) {
	text(w, http.StatusOK, []byte(f.h.LogKey()+"\n"))
}

func (f *face) witnessKey(w http.ResponseWriter, r *http.Request) {
	key, err := f.h.WitnessKey()
	if err != nil {
		f.broken(w, r, err)
		return
	}
	text(w, http.StatusOK, []byte(key+"\n"))
}

// tile serves tiles and bundles. They never change, so that whoever has one
// need not ask again; what is not there yet may be there in a moment.
func (f *face) tile(w http.ResponseWriter, r *http.Request) {
	p, err := ledger.ParseTilePath(r.URL.Path[len("/log/"):])
	if err != nil {
		refuse(w, http.StatusNotFound, "no such tile: "+err.Error())
		return
	}
	if p.Level == ledger.Entries && !f.public {
		refuse(w, http.StatusForbidden, "the leaves of this log are not open to the public; its checkpoint, its key and its hashes are. "+
			"Its operator can open them with the setting log.public.")
		return
	}
	b, err := f.h.Tile(r.Context(), heed.Nobody, p)
	switch {
	case errors.Is(err, ledger.ErrBeyond):
		refuse(w, http.StatusNotFound, "the log does not reach that far")
		return
	case err != nil:
		f.broken(w, r, err)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "public, max-age=604800, immutable")
	header.Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b)
}

// addCheckpoint answers a log that asks for a cosignature.
func (f *face) addCheckpoint(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		refuse(w, http.StatusRequestEntityTooLarge, "a request has at most "+strconv.Itoa(maxRequest)+" bytes")
		return
	}
	if err != nil {
		refuse(w, ledger.BadRequest, "the request did not arrive whole")
		return
	}
	d, line, err := f.h.CosignFor(r.Context(), body)
	switch {
	case fault.KindOf(err) == fault.KindInvalid:
		refuse(w, ledger.BadRequest, err.Error())
	case err != nil:
		f.broken(w, r, err)
	case d.Status == ledger.Cosign:
		text(w, http.StatusOK, line)
	case d.Status == ledger.Conflict:
		w.Header().Set("Content-Type", ledger.SizeType)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(ledger.Conflict)
		io.WriteString(w, strconv.FormatInt(d.Size, 10)+"\n")
	default:
		refuse(w, d.Status, d.Reason)
	}
}
