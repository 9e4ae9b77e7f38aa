package tella

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// An Upload receives files that phones append to over days.
type Upload struct {
	// SignIn says whether a name and a password belong together. It slows down
	// guessing itself.
	SignIn func(ctx context.Context, name, password string) bool
	// Size returns how much of a file is there, and whether it was closed.
	Size func(ctx context.Context, name, file string) (n int64, closed bool, err error)
	// Append adds to a file, and returns how much it kept.
	Append func(ctx context.Context, name, file string, r io.Reader) error
	// Close ends a file: it is whole.
	Close func(ctx context.Context, name, file string) error
	// MaxSize bounds one request; 0 means 100 GiB.
	MaxSize int64
}

// ErrClosed is what Append returns for a file that was closed.
var ErrClosed = errors.New("the file was closed")

// ErrDenied is what Size, Append and Close return to whoever may not.
var ErrDenied = errors.New("this account may not send files")

// ErrUnknown is what Close returns for a file of which nothing came.
var ErrUnknown = errors.New("no such file was begun")

// validName is the form of names, as the app's own server has it.
var validName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,127}$`)

// Handler serves the three requests, below the address at which it is mounted.
func (u *Upload) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		name, password, ok := r.BasicAuth()
		switch {
		case ok && !validName.MatchString(name):
			w.WriteHeader(http.StatusBadRequest)
			return
		case !ok || !u.SignIn(r.Context(), name, password):
			w.Header().Set("WWW-Authenticate", `Basic realm="upload"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		file := strings.TrimPrefix(r.URL.Path, "/")
		if file == "" || file != segment(file) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		u.serve(w, r, name, file)
	})
}

func (u *Upload) serve(w http.ResponseWriter, r *http.Request, name, file string) {
	n, closed, err := u.Size(r.Context(), name, file)
	if err != nil {
		w.WriteHeader(refusal(err))
		return
	}
	switch r.Method {
	case http.MethodHead:
		w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
	case http.MethodPut:
		if closed {
			w.WriteHeader(http.StatusConflict)
			return
		}
		most := u.MaxSize
		if most <= 0 {
			most = 100 << 30
		}
		err = u.Append(r.Context(), name, file, http.MaxBytesReader(w, r.Body, most))
	case http.MethodPost:
		if !closed { // closing twice is answered as once: the phone may not have heard
			err = u.Close(r.Context(), name, file)
		}
	default:
		w.Header().Set("Allow", "HEAD, PUT, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if err != nil {
		w.WriteHeader(refusal(err))
		return
	}
	w.WriteHeader(http.StatusOK)
}

// refusal is the status that tells an error.
func refusal(err error) int {
	switch {
	case errors.Is(err, ErrClosed):
		return http.StatusConflict
	case errors.Is(err, ErrDenied):
		return http.StatusForbidden
	case errors.Is(err, ErrUnknown):
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}
