package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
)

// A failure is an error as RFC 9457 has it, with the kind of the fault.
type failure struct {
	huma.ErrorModel
	Kind string `json:"kind,omitempty" enum:"not-found,exists,invalid,denied,stale,late" doc:"Which of the six faults it is; absent for other errors."`
	Hint string `json:"hint,omitempty" doc:"What can be done about it."`
}

// problems makes every error of the framework a problem of ours, once.
var problems = sync.OnceFunc(func() {
	made := huma.NewError
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		p := &failure{ErrorModel: *made(status, msg, errs...).(*huma.ErrorModel)}
		if status == http.StatusUnprocessableEntity || status == http.StatusBadRequest {
			p.Kind, p.Type = kinds[fault.KindInvalid].name, kinds[fault.KindInvalid].uri()
		}
		return p
	}
})

// kind is how a fault is told: its status, and its name in the type of a
// problem.
type kind struct {
	status int
	name   string
}

func (k kind) uri() string { return "/api/#" + k.name }

var kinds = map[fault.Kind]kind{
	fault.KindNotFound: {http.StatusNotFound, "not-found"},
	fault.KindExists:   {http.StatusConflict, "exists"},
	fault.KindInvalid:  {http.StatusUnprocessableEntity, "invalid"},
	fault.KindDenied:   {http.StatusForbidden, "denied"},
	fault.KindStale:    {http.StatusConflict, "stale"},
	fault.KindLate:     {http.StatusGone, "late"},
}

// problem tells an error to a program. What is not a fault is a defect or a
// broken machine: it is logged, and nothing of it is told.
func (f *face) problem(ctx context.Context, err error) *failure {
	k, ok := kinds[fault.KindOf(err)]
	if !ok {
		if ctx.Err() == nil {
			f.log.Error("api", "error", err)
		}
		return &failure{ErrorModel: huma.ErrorModel{Status: http.StatusInternalServerError, Title: http.StatusText(http.StatusInternalServerError),
			Detail: "something failed here; the node's log says what"}}
	}
	p := &failure{ErrorModel: huma.ErrorModel{Type: k.uri(), Status: k.status, Title: http.StatusText(k.status), Detail: err.Error()}, Kind: k.name, Hint: fault.Hint(err)}
	if field := fault.Field(err); field != "" {
		p.Errors = []*huma.ErrorDetail{{Message: err.Error(), Location: "body." + field}}
	}
	return p
}

// refuse answers before an operation runs.
func (f *face) refuse(ctx huma.Context, status int, detail string) {
	f.write(ctx, &failure{ErrorModel: huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail}})
}

// write answers with a problem.
func (f *face) write(ctx huma.Context, p *failure) {
	ctx.SetHeader("Content-Type", "application/problem+json")
	ctx.SetStatus(p.Status)
	b, err := json.Marshal(p)
	if err != nil {
		f.log.Error("api", "error", err)
		return
	}
	ctx.BodyWriter().Write(b)
}

// A limiter lets each token ask so many times a minute: a bucket that fills
// evenly.
type limiter struct {
	mu     sync.Mutex
	minute int
	all    map[string]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

func newLimiter(minute int) *limiter { return &limiter{minute: minute, all: map[string]*bucket{}} }

// take returns zero, or how long to wait.
func (l *limiter) take(id string) time.Duration { return l.takeAt(id, db.Now()) }

func (l *limiter) takeAt(id string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	full, rate := float64(l.minute), float64(l.minute)/time.Minute.Seconds()
	b := l.all[id]
	if b == nil {
		if len(l.all) >= 10_000 {
			l.forget(now)
		}
		b = &bucket{full, now}
		l.all[id] = b
	}
	if d := now.Sub(b.at).Seconds(); d > 0 {
		b.left, b.at = min(full, b.left+d*rate), now
	}
	if b.left < 1 {
		return time.Duration((1 - b.left) / rate * float64(time.Second))
	}
	b.left--
	return 0
}

// forget drops the buckets that are full again.
func (l *limiter) forget(now time.Time) {
	for id, b := range l.all {
		if now.Sub(b.at) > time.Minute {
			delete(l.all, id)
		}
	}
}

// seconds writes a wait as Retry-After wants it.
func seconds(d time.Duration) string { return strconv.Itoa(int(d/time.Second) + 1) }
