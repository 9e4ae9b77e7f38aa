package db

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/heed-project/heed/internal/db/file"
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/ext/fts5"
)

// lite is the SQLite engine: one writer, a few readers.
type lite struct {
	source  Source
	writing sync.Mutex
	writer  *liteConn
	idle    chan *liteConn // readers; a nil is one not opened yet
	closing sync.Once
	log     emptier
	durable durable
}

const readers = 6

func openSQLite(s Source) (*lite, error) {
	if len(s.Key) != 32 {
		return nil, fmt.Errorf("the key has %d bytes, must have 32", len(s.Key))
	}
	settle(true)
	l := &lite{source: s, idle: make(chan *liteConn, readers)}
	w, err := l.connect()
	if err != nil {
		return nil, err
	}
	l.writer = w
	if err := l.watchLog(); err != nil {
		w.close()
		return nil, err
	}
	for range readers {
		l.idle <- nil
	}
	return l, nil
}

// connect opens one session. The key comes before anything that reads the file.
func (l *lite) connect() (*liteConn, error) {
	gather := "1"
	if l.source.Fleeting { // what is never synced must not be gathered
		gather = "0"
	}
	c, err := sqlite3.Open("file:" + uriPath(l.source.Path) + "?vfs=" + file.Name + "&gather=" + gather)
	if err != nil {
		return nil, err
	}
	sync := "FULL"
	if l.source.Fleeting {
		sync = "OFF"
	}
	err = c.Exec("PRAGMA hexkey='" + hex.EncodeToString(l.source.Key) + "'")
	if err != nil {
		c.Close()
		return nil, errors.New("the database did not take its key")
	}
	for _, p := range []string{"busy_timeout=60000", "temp_store=memory", "cache_size=-32768", "journal_mode=wal",
		"synchronous=" + sync, "foreign_keys=on", "wal_autocheckpoint=4000", // but see watchLog
		"trusted_schema=off", "secure_delete=on"} {
		if err := c.Exec("PRAGMA " + p); err != nil {
			c.Close()
			if errors.Is(err, sqlite3.NOTADB) {
				return nil, fmt.Errorf("%s is not a database, or the key is not its key: %w", l.source.Path, err)
			}
			return nil, fmt.Errorf("pragma %s: %w", p, err)
		}
	}
	if err := fts5.Register(c); err != nil {
		c.Close()
		return nil, err
	}
	return &liteConn{c: c, stmts: map[string]*sqlite3.Stmt{}}, nil
}

func uriPath(p string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(p)
}

func (l *lite) close() (err error) {
	l.closing.Do(func() {
		err = l.closeLog()
		l.writing.Lock()
		defer l.writing.Unlock()
		for range readers {
			if c := <-l.idle; c != nil {
				err = errors.Join(err, c.close())
			}
		}
		err = errors.Join(err, l.writer.close())
	})
	return err
}

func (l *lite) update(ctx context.Context, f func(*Tx) error) (func() error, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.durable.wait(0); err != nil {
		return nil, err
	}
	commit := int64(0)
	err := l.writer.transaction(ctx, "BEGIN IMMEDIATE", func() error {
		commit = l.durable.begin()
		defer l.durable.end()
		_, err := l.writer.exec(ctx, "COMMIT", nil)
		return err
	}, f)
	l.emptyLog()
	return func() error { return l.durable.wait(commit) }, err
}

func (l *lite) view(ctx context.Context, f func(*Tx) error) error {
	var c *liteConn
	select {
	case c = <-l.idle:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { l.idle <- c }()
	if c == nil {
		fresh, err := l.connect()
		if err != nil {
			return err
		}
		if err := fresh.c.Exec("PRAGMA query_only=on"); err != nil {
			return err
		}
		c = fresh
	}
	return c.transaction(ctx, "BEGIN", func() error {
		_, err := c.exec(ctx, "COMMIT", nil)
		return err
	}, func(tx *Tx) error {
		if _, err := All(tx, Int, "SELECT 1 FROM sqlite_schema LIMIT 1"); err != nil { // takes the snapshot
			return err
		}
		if err := l.admit(c); err != nil {
			return err
		}
		return f(tx)
	})
}

// liteConn is one SQLite session with its prepared statements.
type liteConn struct {
	c      *sqlite3.Conn
	stmts  map[string]*sqlite3.Stmt
	inside bool // a transaction
	// What a reader was last admitted to: what it saw, and the commits of this
	// process by then.
	version any
	commits int64
}

func (c *liteConn) close() error {
	for _, s := range c.stmts {
		s.Close()
	}
	return c.c.Close()
}

func (c *liteConn) transaction(ctx context.Context, begin string, commit func() error, f func(*Tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := c.exec(ctx, begin, nil); err != nil {
		return classify(err)
	}
	c.inside = true
	done := false
	defer func() {
		c.inside = false
		if !done {
			c.c.SetInterrupt(context.Background())
			if _, e := c.exec(ctx, "ROLLBACK", nil); e != nil && err == nil {
				err = e
			}
		}
	}()
	old := c.c.SetInterrupt(ctx)
	err = f(&Tx{Now: Now(), ctx: ctx, c: c})
	c.c.SetInterrupt(old)
	if c.c.GetAutocommit() { // SQLite gave the whole transaction up: a full disk, a broken one
		done = true
		return errors.Join(errLost, err)
	}
	if err != nil {
		return err
	}
	if err := commit(); err != nil {
		return classify(err)
	}
	done = true
	return nil
}

func (c *liteConn) prepare(query string) (*sqlite3.Stmt, error) {
	if s := c.stmts[query]; s != nil && !s.Busy() {
		return s, nil
	}
	s, tail, err := c.c.PrepareFlags(query, sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		return nil, fmt.Errorf("prepare %.60q: %w", query, err)
	}
	if strings.TrimSpace(tail) != "" {
		s.Close()
		return nil, fmt.Errorf("prepare %.60q: more than one statement", query)
	}
	if c.stmts[query] == nil && len(c.stmts) < 500 {
		c.stmts[query] = s
	}
	return s, nil
}

// release gives a statement back, or closes one that is not kept.
func (c *liteConn) release(query string, s *sqlite3.Stmt) error {
	if c.stmts[query] != s {
		return s.Close()
	}
	return s.Reset()
}

func (c *liteConn) exec(_ context.Context, query string, args []any) (int64, error) {
	if c.inside && c.c.GetAutocommit() {
		return 0, errLost
	}
	s, err := c.bound(query, args)
	if err != nil {
		return 0, err
	}
	for s.Step() {
	}
	err = s.Err()
	n := c.c.Changes()
	if e := c.release(query, s); err == nil {
		err = e
	}
	return n, err
}

func (c *liteConn) bound(query string, args []any) (*sqlite3.Stmt, error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	if s.BindCount() != len(args) {
		c.release(query, s)
		return nil, fmt.Errorf("%.60q takes %d arguments, has %d", query, s.BindCount(), len(args))
	}
	for i, a := range args {
		if err := bind(s, i+1, a); err != nil {
			c.release(query, s)
			return nil, fmt.Errorf("%.60q: argument %d: %w", query, i+1, err)
		}
	}
	return s, nil
}

func bind(s *sqlite3.Stmt, i int, a any) error {
	switch v := a.(type) {
	case int64:
		return s.BindInt64(i, v)
	case int:
		return s.BindInt64(i, int64(v))
	case string:
		return s.BindText(i, v)
	case []byte:
		if v == nil {
			v = []byte{}
		}
		return s.BindBlob(i, v)
	case float64:
		return s.BindFloat(i, v)
	case bool:
		return s.BindBool(i, v)
	}
	return fmt.Errorf("cannot store a %T", a)
}

func (c *liteConn) query(_ context.Context, query string, args []any) (rows, error) {
	s, err := c.bound(query, args)
	if err != nil {
		return nil, err
	}
	return &liteRows{c: c, s: s, query: query}, nil
}

func (c *liteConn) exclusive(context.Context, int64) error      { return nil } // an immediate transaction is
func (c *liteConn) script(_ context.Context, text string) error { return c.c.Exec(text) }
func (c *liteConn) forUpdate() string                           { return "" }
func (c *liteConn) flush(context.Context) error                 { return nil }

func (c *liteConn) later(ctx context.Context, query string, args []any) error {
	_, err := c.exec(ctx, query, args)
	return err
}

// translate turns the common column types into SQLite's. A BIGINT key becomes
// the row's own number, and a table with any other key is kept in the order of
// that key: either saves an index.
func (c *liteConn) translate(ddl string) string {
	ddl = strings.NewReplacer("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY", "BYTEA", "BLOB").Replace(ddl)
	return keyed.ReplaceAllString(ddl, "$1) WITHOUT ROWID$2")
}

// keyed is a table with a key of text or of several columns, to its end.
var keyed = regexp.MustCompile(`(CREATE TABLE [^;]*(?:TEXT PRIMARY KEY|PRIMARY KEY \()[^;]*)\)(\s*(?:;|$))`)

type liteRows struct {
	c      *liteConn
	s      *sqlite3.Stmt
	query  string
	closed bool
}

func (r *liteRows) Next() bool { return !r.closed && r.s.Step() }

func (r *liteRows) Columns() []string {
	names := make([]string, r.s.ColumnCount())
	for i := range names {
		names[i] = r.s.ColumnName(i)
	}
	return names
}

func (r *liteRows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	err := r.s.Err()
	if e := r.c.release(r.query, r.s); err == nil {
		err = e
	}
	return err
}

func (r *liteRows) Scan(dst ...any) error {
	for i, d := range dst {
		switch p := d.(type) {
		case *int64:
			*p = r.s.ColumnInt64(i)
		case *int:
			*p = r.s.ColumnInt(i)
		case *string:
			*p = r.s.ColumnText(i)
		case *[]byte:
			*p = r.s.ColumnBlob(i, nil)
		case *float64:
			*p = r.s.ColumnFloat(i)
		case *bool:
			*p = r.s.ColumnInt64(i) != 0
		case *time.Time:
			*p = time.UnixMicro(r.s.ColumnInt64(i)).UTC()
		case *any:
			*p = r.value(i)
		default:
			return fmt.Errorf("cannot read into a %T", d)
		}
	}
	return nil
}

func (r *liteRows) value(i int) any {
	switch r.s.ColumnType(i) {
	case sqlite3.INTEGER:
		return r.s.ColumnInt64(i)
	case sqlite3.FLOAT:
		return r.s.ColumnFloat(i)
	case sqlite3.TEXT:
		return r.s.ColumnText(i)
	case sqlite3.BLOB:
		return r.s.ColumnBlob(i, []byte{})
	}
	return nil
}
