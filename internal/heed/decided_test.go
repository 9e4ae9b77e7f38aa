package heed_test

import (
	"bytes"
	"context"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/heed"
	"github.com/jackc/pgx/v5"
)

// searchPostgres looks for a word in every column of every table, as the
// database's operator could.
func searchPostgres(t *testing.T, url, word string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	rows, err := c.Query(t.Context(), `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if len(tables) < 20 {
		t.Fatalf("only %d tables", len(tables))
	}
	for _, name := range tables {
		var n int
		q := `SELECT count(*) FROM ` + name + ` AS x WHERE position($1 in x::text) > 0 OR position($2 in x::text) > 0`
		hex := ""
		for _, b := range []byte(word) {
			hex += string("0123456789abcdef"[b>>4]) + string("0123456789abcdef"[b&15])
		}
		if err := c.QueryRow(t.Context(), q, word, hex).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			t.Errorf("%d rows of %s can be read by the database's operator", n, name)
		}
	}
}

// open are the methods that answer anybody, and why.
var open = map[string]string{
	"Tile":     "the log's tiles are headers and digests; whether its leaves are public is a setting of the face",
	"Standing": "the frame of every page, the one for signing in too: whose node this is, where its public log stands, what is offered to whom",
}

// TestEveryCommandAsksForADecision calls every method of Heed that takes a Who,
// as nobody and as a stranger, with every id there is. Whatever answers must
// have asked access, and nobody gets anything that is not for everyone.
func TestEveryCommandAsksForADecision(t *testing.T) {
	w := newWorld(t, "")
	w.fillImpact()
	w.fillCase()
	h := reflect.ValueOf(w.Heed)
	ids := []string{"W-1", "S-1", "D-2", "DEC-1", "R-1", "P-3", "A-1", "national-focal-point", "node", "7", "E-1.1", "IN-1", "IMP-1", "CS-1", "RQ-1"}
	called := 0
	for i := range h.NumMethod() {
		m := h.Type().Method(i)
		if m.Type.NumIn() < 3 || m.Type.In(2) != reflect.TypeFor[heed.Who]() {
			continue
		}
		called++
		for _, who := range []string{"nobody", "stranger"} {
			for _, id := range ids {
				ctx, trace := access.Track(t.Context())
				out, err := call(h.Method(i), ctx, w.whoever(who), id)
				switch {
				case err != nil && strings.Contains(err.Error(), "no decision was asked for"):
					t.Errorf("%s(%s) as %s: %v", m.Name, id, who, err)
				case err == nil && len(trace.Decisions()) == 0:
					t.Errorf("%s(%s) as %s answered without a decision", m.Name, id, who)
				case err == nil && who == "nobody" && out != "" && open[m.Name] == "" && !allowed(trace):
					t.Errorf("%s(%s) gave nobody %s", m.Name, id, out)
				}
				if strings.Contains(out, canary) {
					t.Errorf("%s(%s) gave %s sealed words: %.200s", m.Name, id, who, out)
				}
			}
		}
	}
	if called < 40 {
		t.Errorf("only %d methods were called", called)
	}
	t.Logf("%d methods", called)
}

// allowed tells whether the last decision said yes.
func allowed(tr *access.Trace) bool {
	all := tr.Decisions()
	return len(all) > 0 && all[len(all)-1].Allowed
}

func (w *world) whoever(name string) heed.Who {
	if name == "nobody" {
		return heed.Nobody
	}
	return heed.Who{Person: w.people[name].Person, Purpose: "to see"}
}

// call calls a method with an id for every text and zeros for the rest, and
// returns what it gave, printed.
func call(m reflect.Value, ctx context.Context, who heed.Who, id string) (out string, err error) {
	args := []reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(who)}
	var written bytes.Buffer
	for i := 2; i < m.Type().NumIn(); i++ {
		args = append(args, argument(m.Type().In(i), id, &written))
	}
	var results []reflect.Value
	if m.Type().IsVariadic() {
		args[len(args)-1] = reflect.Zero(m.Type().In(m.Type().NumIn() - 1))
		results = m.CallSlice(args)
	} else {
		results = m.Call(args)
	}
	var b strings.Builder
	for _, r := range results {
		if e, ok := r.Interface().(error); ok && e != nil {
			err = e
			continue
		}
		if !r.IsZero() && !(r.Kind() == reflect.Slice && r.Len() == 0) {
			printValue(&b, r)
		}
	}
	b.Write(written.Bytes())
	return b.String(), err
}

func argument(t reflect.Type, id string, written *bytes.Buffer) reflect.Value {
	switch {
	case t.Kind() == reflect.String:
		return reflect.ValueOf(id).Convert(t)
	case t == reflect.TypeFor[io.Writer]():
		return reflect.ValueOf(written)
	case t == reflect.TypeFor[io.Reader]():
		return reflect.ValueOf(strings.NewReader("x"))
	case t == reflect.TypeFor[time.Time]():
		return reflect.Zero(t)
	case t.Kind() == reflect.Struct:
		v := reflect.New(t).Elem()
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.String && f.CanSet() {
				f.SetString(id)
			}
		}
		return v
	}
	return reflect.Zero(t)
}

// printValue prints a result and all that it holds.
func printValue(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			printValue(b, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			printValue(b, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			for i := range v.Len() {
				b.WriteByte(byte(v.Index(i).Uint()))
			}
			return
		}
		for i := range v.Len() {
			printValue(b, v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			printValue(b, k)
			printValue(b, v.MapIndex(k))
		}
	case reflect.String:
		b.WriteString(v.String() + " ")
	}
}
