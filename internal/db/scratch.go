package db

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"strings"
)

// Scratch opens an empty database beside d, under the same key, that is gone
// when drop is called. It is not durable.
func (d *DB) Scratch(ctx context.Context) (scratch *DB, drop func() error, err error) {
	name := "scratch_" + strings.ToLower(rand.Text()[:12])
	if !d.Postgres() {
		path := d.source.Path + "." + name
		s, err := Open(ctx, Source{Path: path, Key: d.source.Key, Fleeting: true})
		if err != nil {
			return nil, nil, err
		}
		return s, func() error {
			err := s.Close()
			for _, tail := range []string{"", "-wal", "-shm"} {
				if e := os.Remove(path + tail); e != nil && !os.IsNotExist(e) {
					err = e
				}
			}
			return err
		}, nil
	}
	run := func(sql string) error {
		return d.Update(context.WithoutCancel(ctx), func(tx *Tx) error { return tx.c.script(tx.ctx, sql) })
	}
	if err := run("CREATE SCHEMA " + name); err != nil {
		return nil, nil, fmt.Errorf("make a scratch schema: %w", err)
	}
	s, err := Open(ctx, Source{URL: d.source.URL, Schema: name, Fleeting: true})
	if err != nil {
		run("DROP SCHEMA " + name + " CASCADE")
		return nil, nil, err
	}
	return s, func() error {
		s.Close()
		return run("DROP SCHEMA " + name + " CASCADE")
	}, nil
}

// Digest hashes every row and column of a table, in the order of its columns'
// values. Two tables with the same digest hold the same bytes.
func Digest(tx *Tx, table string) (sum string, rows int64, err error) {
	h := sha256.New()
	var buf bytes.Buffer
	first := ""
	err = EachRow(tx, table, func(column string, v any) error {
		if first == "" {
			first = column
		}
		if column == first {
			rows++
		}
		buf.Reset()
		if err := encode(&buf, v); err != nil {
			return fmt.Errorf("%s.%s: %w", table, column, err)
		}
		h.Write(buf.Bytes())
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), rows, err
}

// EachRow calls f with every value of a table: row by row in the order of the
// columns' values, and in each row column by column.
func EachRow(tx *Tx, table string, f func(column string, value any) error) error {
	r, err := tx.c.query(tx.ctx, "SELECT * FROM "+table+" LIMIT 0", nil)
	if err != nil {
		return err
	}
	r.Next()
	cols := r.Columns()
	if err := r.Close(); err != nil {
		return err
	}
	list := strings.Join(cols, ", ")
	r, err = tx.c.query(tx.ctx, "SELECT "+list+" FROM "+table+" ORDER BY "+list, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	vals, dst := make([]any, len(cols)), make([]any, len(cols))
	for i := range vals {
		dst[i] = &vals[i]
	}
	for r.Next() {
		if err := r.Scan(dst...); err != nil {
			return err
		}
		for i, v := range vals {
			if err := f(cols[i], v); err != nil {
				return err
			}
		}
	}
	return r.Close()
}

// encode writes a value so that no two different rows give the same bytes.
func encode(b *bytes.Buffer, v any) error {
	var n [9]byte
	switch x := v.(type) {
	case int64:
		n[0] = 'i'
		binary.BigEndian.PutUint64(n[1:], uint64(x))
		b.Write(n[:])
	case float64:
		n[0] = 'f'
		binary.BigEndian.PutUint64(n[1:], math.Float64bits(x))
		b.Write(n[:])
	case string:
		n[0] = 's'
		binary.BigEndian.PutUint64(n[1:], uint64(len(x)))
		b.Write(n[:])
		b.WriteString(x)
	case []byte:
		n[0] = 'b'
		binary.BigEndian.PutUint64(n[1:], uint64(len(x)))
		b.Write(n[:])
		b.Write(x)
	default:
		return fmt.Errorf("a %T is not a column type of this house", v)
	}
	return nil
}

// Scrub does what the database can to leave nothing of deleted rows in its
// files: SQLite overwrites them and empties its log; PostgreSQL frees the rows,
// whose bytes remain until they are used again.
func (d *DB) Scrub(ctx context.Context) error { return d.engine.scrub(ctx) }
