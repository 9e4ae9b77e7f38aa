package serve

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
)

// TestALimitHoldsBeyondWhatIsCounted: whoever comes when no more addresses are
// counted apart is counted with all others that do.
func TestALimitHoldsBeyondWhatIsCounted(t *testing.T) {
	var l limiter
	now := time.Unix(1e9, 0)
	for n := range most {
		l.take(fmt.Sprint(n), 3, now)
	}
	for n := range 3 {
		if l.over(fmt.Sprint("new ", n), 3, now) {
			t.Errorf("over after %d", n)
		}
		l.take(fmt.Sprint("new ", n), 3, now)
	}
	if !l.over("another", 3, now) || l.over("1", 3, now) || l.over("another", 3, now.Add(time.Minute)) {
		t.Error("an address that is not counted apart has no limit, or one that is has theirs")
	}
}

// aLine is an answer on a connection whose reading can be ended.
type aLine struct {
	http.ResponseWriter
	until time.Time
}

func (l *aLine) SetReadDeadline(t time.Time) error { l.until = t; return nil }

// TestStrangers: a body has an end in time, and who is refused too often is not
// looked at.
func TestStrangers(t *testing.T) {
	asked := 0
	h := strangers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if _, is := w.(interface{ Unwrap() http.ResponseWriter }); !is {
			t.Error("what is below cannot be reached")
		}
		http.Error(w, "no", http.StatusForbidden)
	}))
	for n := range mostStrange + 2 {
		out := httptest.NewRecorder()
		l := &aLine{ResponseWriter: out}
		before := db.Now()
		h.ServeHTTP(l, httptest.NewRequest("POST", "/handover/x", nil))
		if n < mostStrange && (l.until.Before(before.Add(time.Minute)) || l.until.After(before.Add(time.Hour))) {
			t.Fatalf("the body may come until %v, it is %v", l.until, before)
		}
		if over := out.Code == http.StatusTooManyRequests; over != (n >= mostStrange) {
			t.Fatalf("after %d: %d", n, out.Code)
		}
	}
	if asked != mostStrange {
		t.Errorf("%d were looked at", asked)
	}
}
