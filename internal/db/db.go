// Package db opens Heed's database, SQLite or PostgreSQL, and runs the same SQL
// on both.
//
// Queries are written once, with ? for arguments, in the subset the two agree
// on: BIGINT, TEXT, BYTEA and DOUBLE PRECISION columns, all NOT NULL; keys made
// by the program; times as microseconds since 1970; truth as 0 and 1; upserts
// with ON CONFLICT; results with RETURNING. Text is ordered by its bytes.
// Queries quote no question marks.
//
// On SQLite the whole file, its write-ahead log included, is encrypted with the
// key that Open is given; one writer and many readers work side by side, and a
// commit is on the disk when Update returns. On PostgreSQL the pool's sessions
// do the same under READ COMMITTED for writers, who take the locks they need
// with [Tx.Lock], and under a snapshot for readers.
//
//	d, err := db.Open(ctx, db.Source{Path: "heed.db", Key: key})
//	err = d.Update(ctx, func(tx *db.Tx) error {
//		_, err := tx.Exec(`INSERT INTO duty (id, due_at) VALUES (?, ?)`, id, due.UnixMicro())
//		return err
//	})
//
// The package trusts the file system and the database server to keep what they
// said they kept. It does not trust them to keep it unread: what must not be
// read is sealed before it comes here.
package db

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Source says where a database is: an SQLite file and the 32-byte key that
// encrypts it, or a postgres:// URL.
type Source struct {
	Path string
	Key  []byte
	URL  string
	// Schema names the PostgreSQL schema to work in; "" is the server's default.
	Schema string
	// Fleeting gives up durability, for a scratch database that is thrown away.
	Fleeting bool
}

// A DB is an open database. It is safe for concurrent use.
type DB struct {
	source Source
	engine engine
}

// engine is what differs between the two databases.
type engine interface {
	// update returns a function that waits until what was committed will last.
	update(ctx context.Context, f func(*Tx) error) (func() error, error)
	view(ctx context.Context, f func(*Tx) error) error
	scrub(ctx context.Context) error
	close() error
}

// conn is one session with a database, in a transaction.
type conn interface {
	exec(ctx context.Context, query string, args []any) (int64, error)
	query(ctx context.Context, query string, args []any) (rows, error)
	script(ctx context.Context, text string) error
	forUpdate() string
	exclusive(ctx context.Context, name int64) error
	translate(ddl string) string
	// later runs a statement whose result nobody awaits; flush waits for all.
	later(ctx context.Context, query string, args []any) error
	flush(ctx context.Context) error
}

// rows is the result of a query.
type rows interface {
	Next() bool
	Scan(dst ...any) error
	Columns() []string
	Close() error
}

// Open opens the database, and makes it if it is an SQLite file that does not
// exist.
func Open(ctx context.Context, s Source) (*DB, error) {
	d := &DB{source: s}
	var err error
	if s.URL != "" {
		d.engine, err = openPostgres(ctx, s)
	} else {
		d.engine, err = openSQLite(s)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return d, nil
}

// Close ends all sessions.
func (d *DB) Close() error { return d.engine.close() }

// Postgres tells whether the database is PostgreSQL.
func (d *DB) Postgres() bool { return d.source.URL != "" }

// Now is the clock: UTC, to the microsecond.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// A Tx is a transaction. It is used by one goroutine.
type Tx struct {
	Now    time.Time // when the transaction began, unless its owner set it
	Writes int64     // statements that were run to write, with or without effect
	ctx    context.Context
	c      conn
	lazy   bool
}

// Update runs f in a read-write transaction, which commits if f returns nil.
// It is durable when Update returns nil. f runs again if it lost to another
// transaction, so it must have no effect outside tx.
func (d *DB) Update(ctx context.Context, f func(*Tx) error) error {
	last, err := d.UpdateAhead(ctx, f)
	if err != nil {
		return err
	}
	return last()
}

// UpdateAhead is Update for who has more to write: it returns when the next
// update may begin, which sees what this one wrote. What was written is durable
// when last returns nil, and no View shows it before. If last fails, the disk
// has: nothing can be read or written until the database is opened again.
func (d *DB) UpdateAhead(ctx context.Context, f func(*Tx) error) (last func() error, err error) {
	if err := d.nested(ctx); err != nil {
		return nil, err
	}
	return d.engine.update(context.WithValue(ctx, inside{}, d), f)
}

// inside marks the context of a transaction.
type inside struct{}

// nested refuses a transaction inside another on the same database: it would
// wait for a session that the outer one holds, and so stop the node.
func (d *DB) nested(ctx context.Context) error {
	if ctx.Value(inside{}) == d {
		return errors.New("a transaction was begun inside another: this is a defect of Heed")
	}
	return nil
}

// View runs f on a snapshot that no writer disturbs and f cannot change.
func (d *DB) View(ctx context.Context, f func(*Tx) error) error {
	if err := d.nested(ctx); err != nil {
		return err
	}
	return d.engine.view(context.WithValue(ctx, inside{}, d), f)
}

// Context returns the context of the transaction.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Lazily runs f with statements sent ahead and their results awaited together,
// which saves PostgreSQL a round trip for each. In it, Exec returns 0, and an
// error may show at a later statement or when Lazily ends.
func (tx *Tx) Lazily(f func() error) error {
	was := tx.lazy
	err := func() error {
		tx.lazy = true
		defer func() { tx.lazy = was }() // also when f panics
		return f()
	}()
	if was || err != nil {
		return err
	}
	return tx.Flush()
}

// Flush awaits every statement sent ahead.
func (tx *Tx) Flush() error { return classify(tx.c.flush(tx.ctx)) }

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	tx.Writes++
	if tx.lazy {
		return 0, classify(tx.c.later(tx.ctx, query, args))
	}
	n, err := tx.c.exec(tx.ctx, query, args)
	return n, classify(err)
}

// Script runs several statements without arguments: a schema.
func (tx *Tx) Script(ddl string) error {
	return classify(tx.c.script(tx.ctx, tx.c.translate(ddl)))
}

// Alone waits until no other process is making tables in this database.
func (tx *Tx) Alone() error { return tx.c.exclusive(tx.ctx, 0x48656564) }

// Lock runs a query like [One] and keeps the row locked against other writers
// until the transaction ends.
func Lock[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	return One(tx, scan, query+tx.c.forUpdate(), args...)
}

// A Scanner is a row to read from, into *int64, *int, *string, *[]byte,
// *float64 or *bool.
type Scanner interface{ Scan(...any) error }

// One returns the first row of a query, or a fault of kind NotFound.
func One[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	var zero T
	r, err := tx.c.query(tx.ctx, query, args)
	if err != nil {
		return zero, classify(err)
	}
	defer r.Close()
	if !r.Next() {
		if err := r.Close(); err != nil {
			return zero, classify(err)
		}
		return zero, errNoRow
	}
	v, err := scan(r)
	if err != nil {
		return zero, classify(err)
	}
	return v, classify(r.Close())
}

// Maybe returns the first row of a query, or the zero value where there is none.
func Maybe[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	v, err := One(tx, scan, query, args...)
	if errors.Is(err, errNoRow) {
		err = nil
	}
	return v, err
}

// All returns every row of a query.
func All[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := Each(tx, func(s Scanner) error {
		v, err := scan(s)
		all = append(all, v)
		return err
	}, query, args...)
	return all, err
}

// Each calls f with every row of a query, in order, until f fails. f must not
// use the transaction.
func Each(tx *Tx, f func(Scanner) error, query string, args ...any) error {
	r, err := tx.c.query(tx.ctx, query, args)
	if err != nil {
		return classify(err)
	}
	defer r.Close()
	for r.Next() {
		if err := f(r); err != nil {
			return classify(err)
		}
	}
	return classify(r.Close())
}

// Int scans a row of one integer.
func Int(s Scanner) (n int64, err error) { err = s.Scan(&n); return n, err }

// Text scans a row of one text.
func Text(s Scanner) (t string, err error) { err = s.Scan(&t); return t, err }

// Bytes scans a row of one byte string.
func Bytes(s Scanner) (b []byte, err error) { err = s.Scan(&b); return b, err }
