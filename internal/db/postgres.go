package db

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgres is the engine for PostgreSQL and what speaks its protocol.
type postgres struct {
	pool  *pgxpool.Pool
	bound sync.Map // query with ? → query with $1 …
	plain sync.Map // query → whether it is a plain insert
}

func openPostgres(ctx context.Context, s Source) (*postgres, error) {
	settle(false)
	conf, err := pgxpool.ParseConfig(s.URL)
	if err != nil {
		return nil, errors.New("the database URL cannot be read; it looks like postgres://user@host/name") // err may quote a password
	}
	if s.Schema != "" {
		conf.ConnConfig.RuntimeParams["search_path"] = s.Schema
	}
	if s.Fleeting {
		conf.ConnConfig.RuntimeParams["synchronous_commit"] = "off"
	}
	// A writer whose process or network is gone must not hold the head of the log.
	for k, v := range map[string]string{"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
		"idle_in_transaction_session_timeout": "600000", "application_name": "heed"} {
		conf.ConnConfig.RuntimeParams[k] = v
	}
	if conf.MaxConns < 8 {
		conf.MaxConns = 8
	}
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to PostgreSQL at %s:%d: %w", conf.ConnConfig.Host, conf.ConnConfig.Port, err)
	}
	return &postgres{pool: pool}, nil
}

func (p *postgres) close() error { p.pool.Close(); return nil }

func (p *postgres) update(ctx context.Context, f func(*Tx) error) (func() error, error) {
	return func() error { return nil }, p.try(ctx, f)
}

// try runs a transaction until it does not lose to another.
func (p *postgres) try(ctx context.Context, f func(*Tx) error) error {
	for try := 1; ; try++ {
		err := p.transaction(ctx, pgx.TxOptions{}, f)
		if try == 20 || !lostRace(err) {
			return classify(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try) * 3 * time.Millisecond):
		}
	}
}

func (p *postgres) view(ctx context.Context, f func(*Tx) error) error {
	return classify(p.transaction(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, f))
}

func (p *postgres) transaction(ctx context.Context, opts pgx.TxOptions, f func(*Tx) error) error {
	ptx, err := p.pool.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer ptx.Rollback(context.WithoutCancel(ctx))
	tx := &Tx{Now: Now(), ctx: ctx, c: &pgConn{p: p, tx: ptx}}
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Flush(); err != nil {
		return err
	}
	return ptx.Commit(ctx)
}

func (p *postgres) scrub(ctx context.Context) error {
	_, err := p.pool.Exec(ctx, "VACUUM")
	return err
}

func lostRace(err error) bool {
	pg := (*pgconn.PgError)(nil)
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// pgConn is one PostgreSQL transaction.
type pgConn struct {
	p       *postgres
	tx      pgx.Tx
	pending *pgx.Batch
	inserts map[string][]any // rows held back, by statement
	order   []string         // the statements of inserts, as they came
	rows    int
}

// rebind numbers the arguments.
func (p *postgres) rebind(query string) string {
	if q, ok := p.bound.Load(query); ok {
		return q.(string)
	}
	var b strings.Builder
	rest := query
	for n := 1; ; n++ {
		before, after, ok := strings.Cut(rest, "?")
		b.WriteString(before)
		if !ok {
			break
		}
		b.WriteString("$" + strconv.Itoa(n))
		rest = after
	}
	p.bound.Store(query, b.String())
	return b.String()
}

// clean brings arguments to the column types: an empty byte string for a nil
// one, because no column takes NULL, and 0 or 1 for truth.
func clean(args []any) []any {
	for i, a := range args {
		switch v := a.(type) {
		case []byte:
			if v == nil {
				args[i] = []byte{}
			}
		case bool:
			args[i] = int64(0)
			if v {
				args[i] = int64(1)
			}
		}
	}
	return args
}

func (c *pgConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	if err := c.flush(ctx); err != nil {
		return 0, err
	}
	tag, err := c.tx.Exec(ctx, c.p.rebind(query), clean(args)...)
	return tag.RowsAffected(), err
}

// plainInsert is an INSERT that neither looks at other rows nor answers: such
// statements of different tables can change places, and those of one table can
// be one statement, or a copy.
var plainInsert = regexp.MustCompile(`^INSERT INTO (\w+) \(([^)]*)\) VALUES \(\?(?:, \?)*\)$`)

const (
	rowsAtOnce = 32   // in one statement
	copiedFrom = 500  // rows of one table on are copied: that costs two answers, and the server half the work
	mostRows   = 4000 // that are held back
)

func (c *pgConn) later(ctx context.Context, query string, args []any) error {
	args = clean(args)
	if plain, known := c.p.plain.Load(query); !known {
		c.p.plain.Store(query, plainInsert.MatchString(query))
		return c.later(ctx, query, args)
	} else if !plain.(bool) {
		if err := c.copyLarge(ctx); err != nil {
			return err
		}
		c.gather()
		c.queue(query, args)
	} else {
		if c.inserts == nil {
			c.inserts = map[string][]any{}
		}
		if _, ok := c.inserts[query]; !ok {
			c.order = append(c.order, query)
		}
		c.inserts[query] = append(c.inserts[query], args...)
		c.rows++
	}
	if c.rows >= mostRows || c.pending != nil && c.pending.Len() >= 500 {
		return c.flush(ctx)
	}
	return nil
}

func (c *pgConn) queue(query string, args []any) {
	if c.pending == nil {
		c.pending = &pgx.Batch{}
	}
	c.pending.Queue(c.p.rebind(query), args...)
}

// copyLarge copies the rows that were held back for tables that get many, after
// the statements that came before them.
func (c *pgConn) copyLarge(ctx context.Context) error {
	for at := 0; at < len(c.order); at++ {
		query := c.order[at]
		width := strings.Count(query, "?")
		args := c.inserts[query]
		if len(args) < copiedFrom*width {
			continue
		}
		if err := c.send(ctx); err != nil {
			return err
		}
		c.order = slices.Delete(c.order, at, at+1)
		at--
		delete(c.inserts, query)
		c.rows -= len(args) / width
		m := plainInsert.FindStringSubmatch(query)
		rows := pgx.CopyFromSlice(len(args)/width, func(i int) ([]any, error) { return args[i*width : (i+1)*width], nil })
		if _, err := c.tx.CopyFrom(ctx, pgx.Identifier{m[1]}, strings.FieldsFunc(m[2], func(r rune) bool { return r == ',' || unicode.IsSpace(r) }), rows); err != nil {
			return &pipelined{err}
		}
	}
	return nil
}

// gather queues the rows that were held back, many a statement.
func (c *pgConn) gather() {
	for _, query := range c.order {
		args := c.inserts[query]
		width := strings.Count(query, "?")
		values := query[strings.LastIndex(query, "("):]
		many := query + strings.Repeat(", "+values, rowsAtOnce-1)
		for len(args) >= width*rowsAtOnce {
			c.queue(many, args[:width*rowsAtOnce])
			args = args[width*rowsAtOnce:]
		}
		for len(args) > 0 {
			c.queue(query, args[:width])
			args = args[width:]
		}
	}
	c.inserts, c.order, c.rows = nil, nil, 0
}

func (c *pgConn) flush(ctx context.Context) error {
	if err := c.copyLarge(ctx); err != nil {
		return err
	}
	c.gather()
	return c.send(ctx)
}

// send sends what was queued, and awaits it.
func (c *pgConn) send(ctx context.Context) error {
	if c.pending == nil || c.pending.Len() == 0 {
		return nil
	}
	b := c.pending
	c.pending = nil
	if err := c.tx.SendBatch(ctx, b).Close(); err != nil {
		return &pipelined{err}
	}
	return nil
}

// pipelined is the error of a statement that was sent ahead: it may show at
// another.
type pipelined struct{ error }

func (p *pipelined) Unwrap() error { return p.error }

func (c *pgConn) query(ctx context.Context, query string, args []any) (rows, error) {
	if err := c.flush(ctx); err != nil {
		return nil, err
	}
	r, err := c.tx.Query(ctx, c.p.rebind(query), clean(args)...)
	if err != nil {
		return nil, err
	}
	return &pgRows{r}, nil
}

func (c *pgConn) script(ctx context.Context, text string) error {
	if err := c.flush(ctx); err != nil {
		return err
	}
	_, err := c.tx.Conn().PgConn().Exec(ctx, text).ReadAll()
	return err
}

func (c *pgConn) forUpdate() string { return " FOR UPDATE" }

// translate orders text by its bytes, as SQLite does.
func (c *pgConn) translate(ddl string) string {
	return strings.NewReplacer(" TEXT", ` TEXT COLLATE "C"`).Replace(ddl)
}

// exclusive waits until no other session is in the same part of the program.
func (c *pgConn) exclusive(ctx context.Context, name int64) error {
	_, err := c.tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", name)
	return err
}

type pgRows struct{ r pgx.Rows }

func (r *pgRows) Next() bool { return r.r.Next() }

func (r *pgRows) Close() error {
	r.r.Close()
	return r.r.Err()
}

func (r *pgRows) Columns() []string {
	var names []string
	for _, f := range r.r.FieldDescriptions() {
		names = append(names, f.Name)
	}
	return names
}

func (r *pgRows) Scan(dst ...any) error {
	var fix []func()
	for i, d := range dst {
		switch p := d.(type) {
		case *bool:
			n := new(int64)
			dst[i] = n
			fix = append(fix, func() { *p = *n != 0 })
		case *time.Time:
			n := new(int64)
			dst[i] = n
			fix = append(fix, func() { *p = time.UnixMicro(*n).UTC() })
		}
	}
	if err := r.r.Scan(dst...); err != nil {
		return err
	}
	for _, f := range fix {
		f()
	}
	return nil
}
