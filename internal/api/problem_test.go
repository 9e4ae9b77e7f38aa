package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// TestABucketFillsEvenly: as many at once as in a minute, then one each time
// that its share of the minute has passed.
func TestABucketFillsEvenly(t *testing.T) {
	l, now := newLimiter(60), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range 60 {
		if wait := l.takeAt("TK-1", now); wait != 0 {
			t.Fatalf("request %d waits %s", i+1, wait)
		}
	}
	if wait := l.takeAt("TK-1", now); wait != time.Second {
		t.Errorf("the next waits %s, want a second", wait)
	}
	if l.takeAt("TK-2", now) != 0 {
		t.Error("another token waits")
	}
	if l.takeAt("TK-1", now.Add(time.Second)) != 0 || l.takeAt("TK-1", now.Add(time.Second)) == 0 {
		t.Error("after a second there is not one more")
	}
	if l.takeAt("TK-1", now.Add(-time.Hour)) == 0 {
		t.Error("a clock that goes back gives more")
	}
	for i := range 12_000 {
		l.takeAt(fmt.Sprint(i), now.Add(2*time.Minute))
	}
	if _, ok := l.all["TK-2"]; ok {
		t.Error("full buckets are kept for ever")
	}
}

// TestAFaultKeepsItsKindAndABreakdownItsSecret: what is no fault is not told.
func TestAFaultKeepsItsKindAndABreakdownItsSecret(t *testing.T) {
	f := &face{log: slog.New(slog.DiscardHandler)}
	for err, want := range map[error][2]any{
		fault.NotFound("no warning W-9"):                                       {404, "not-found"},
		fault.Exists("twice"):                                                  {409, "exists"},
		fault.Invalid("level", "is 9"):                                         {422, "invalid"},
		fault.Denied("not yours"):                                              {403, "denied"},
		fault.Stale("changed"):                                                 {409, "stale"},
		fmt.Errorf("closing: %w", fault.Late("over")):                          {410, "late"},
		errors.New("pq: password authentication failed for user heed:hunter2"): {500, ""},
	} {
		p := f.problem(context.Background(), err)
		if p.Status != want[0] || p.Kind != want[1] || (p.Detail == err.Error()) == (p.Status == 500) {
			t.Errorf("%v: %d %q %q", err, p.Status, p.Kind, p.Detail)
		}
	}
	if p := f.problem(context.Background(), fault.Invalid("level", "is 9")); p.Errors[0].Location != "body.level" {
		t.Errorf("the input is %q", p.Errors[0].Location)
	}
}
