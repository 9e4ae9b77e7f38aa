package db

import (
	"errors"
	"fmt"

	"github.com/heed-project/heed/internal/fault"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"
)

// errNoRow is what One returns when there is no row.
var errNoRow = fault.NotFound("no such row")

// errLost says that the database has given up the whole transaction: nothing of
// it remains, and nothing more can be done in it.
var errLost = errors.New("the database gave up the transaction")

// Lost tells whether a whole transaction was given up by the database.
func Lost(err error) bool { return errors.Is(err, errLost) }

// Pipelined tells whether an error belongs to a statement sent ahead, so that
// whoever meets it need not have caused it.
func Pipelined(err error) bool { return errors.As(err, new(*pipelined)) }

// classify turns a broken uniqueness rule into a fault of kind Exists. Other
// errors pass unchanged: they are defects or a broken machine.
func classify(err error) error {
	if err == nil || fault.KindOf(err) != fault.KindOther {
		return err
	}
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.Code == "23505" {
		return fault.Exists("%w", err)
	}
	if errors.Is(err, sqlite3.CONSTRAINT_UNIQUE) || errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY) || errors.Is(err, sqlite3.CONSTRAINT_ROWID) {
		return fault.Exists("%w", err)
	}
	return err
}

// Savepoint runs f so that, when it fails, what it wrote is undone and the
// transaction goes on.
func (tx *Tx) Savepoint(f func() error) error {
	if _, err := tx.c.exec(tx.ctx, "SAVEPOINT command", nil); err != nil {
		return err
	}
	err := f()
	if err == nil {
		err = tx.Flush()
	}
	if err == nil {
		_, err = tx.c.exec(tx.ctx, "RELEASE command", nil)
		return err
	}
	if Lost(err) {
		return err
	}
	tx.c.flush(tx.ctx) // what was sent ahead is part of what is undone; its error is the one in hand
	for _, undo := range []string{"ROLLBACK TO command", "RELEASE command"} {
		if _, e := tx.c.exec(tx.ctx, undo, nil); e != nil {
			return fmt.Errorf("%w: undo a failed command: %w (after: %w)", errLost, e, err)
		}
	}
	return err
}
