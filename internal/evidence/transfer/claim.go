package transfer

import (
	"context"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
)

// ClaimLasts is how long a claim outlives whoever held it and was killed.
const ClaimLasts = 6 * time.Second

// Claim waits until nobody else answers an offer, in this process or in another
// that shares the database, and returns a context that ends if somebody else
// comes to hold it. Done gives it back. The holder is any text that is nobody
// else's. That an offer is answered once is for the entry to hold: its row is
// unique, in the same transaction.
func Claim(ctx context.Context, d *db.DB, offer, holder string) (held context.Context, done func() error, err error) {
	for {
		mine := false
		err := d.Update(ctx, func(tx *db.Tx) (err error) {
			now := db.Now()
			mine, err = putClaim(tx, offer, holder, now, now.Add(ClaimLasts))
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		if mine {
			break
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(ClaimLasts / 20):
		}
	}
	held, lose := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		keep(held, lose, d, offer, holder)
	}()
	return held, func() error {
		lose(nil)
		<-ended
		return d.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error { return dropClaim(tx, offer, holder) })
	}, nil
}

// keep holds a claim on, until its context ends.
func keep(held context.Context, lose context.CancelCauseFunc, d *db.DB, offer, holder string) {
	t := time.NewTicker(ClaimLasts / 3)
	defer t.Stop()
	for {
		select {
		case <-held.Done():
			return
		case <-t.C:
		}
		mine := true
		err := d.Update(held, func(tx *db.Tx) (err error) {
			now := db.Now()
			mine, err = putClaim(tx, offer, holder, now, now.Add(ClaimLasts))
			return err
		})
		if err == nil && !mine { // it was away for so long that another went on
			lose(fault.Stale("this offer is being answered by another process"))
			return
		}
	}
}
