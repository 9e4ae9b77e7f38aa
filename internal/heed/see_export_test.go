package heed

import (
	"context"
	"fmt"
	"reflect"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/assessment"
	"github.com/heed-project/heed/internal/decision"
	"github.com/heed-project/heed/internal/report"
	"github.com/heed-project/heed/internal/response"
	"github.com/heed-project/heed/internal/warning"
)

// SameResources compares what eyes tell access of everything there is with what
// a plain look tells it, and returns how many things it compared.
func SameResources(ctx context.Context, h *Heed) (n int, err error) {
	same := func(a access.Resource, err1 error, b access.Resource, err2 error) {
		if n++; err == nil && (err1 != nil || err2 != nil || !reflect.DeepEqual(a, b)) {
			err = fmt.Errorf("eyes say %+v (%v), a look says %+v (%v)", a, err1, b, err2)
		}
	}
	viewErr := h.see(ctx, system, func(l *look) error {
		*l.decided++
		e := l.eyes()
		ws, err := warning.List(l.View, warning.Filter{})
		to, err1 := warning.ServedOn(l.View, warning.Filter{})
		ds, err2 := response.List(l.View, response.Filter{})
		rs, err3 := report.List(l.View, report.Filter{Limit: 500})
		cs, err4 := decision.List(l.View, decision.Filter{})
		as, err5 := assessment.List(l.View, assessment.Filter{})
		for _, err := range []error{err, err1, err2, err3, err4, err5} {
			if err != nil {
				return err
			}
		}
		for _, w := range ws {
			a, err1 := e.warning(w, to[w.ID])
			b, err2 := l.warning(w)
			same(a, err1, b, err2)
		}
		for _, d := range ds {
			a, err1 := e.duty(d)
			b, err2 := l.duty(d)
			same(a, err1, b, err2)
		}
		for _, r := range rs {
			a, err1 := e.report(r)
			b, err2 := l.report(r)
			same(a, err1, b, err2)
		}
		for _, d := range cs {
			a, err1 := e.decision(d)
			b, err2 := l.decision(d)
			same(a, err1, b, err2)
		}
		for _, x := range as {
			a, err1 := e.assessment(x)
			b, err2 := l.assessment(x)
			same(a, err1, b, err2)
		}
		return nil
	})
	if viewErr != nil {
		return n, viewErr
	}
	return n, err
}
