package record

import (
	"crypto/rand"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/ledger"
)

// pending is an entry that the group will add.
type pending struct {
	e          Entry
	sealedBody []byte // plain; nil for none
	keys       *keys.Keys
	key        keys.DataKey // for sealedBody

	// What finish makes of it.
	taken, done             atomic.Bool
	finished                sync.WaitGroup
	openSalt, sealedSalt    []byte
	openStored, sealedStore []byte // encrypted
	leaf                    []byte
	hash                    ledger.Hash
	err                     error
}

// finish salts, seals, signs and hashes an entry. That is most of the work on it
// and needs no database, so it is done beside the transaction on whatever core
// is free; or by the group itself, if that comes first.
func (p *pending) finish() {
	if !p.taken.CompareAndSwap(false, true) {
		return
	}
	defer p.finished.Done()
	defer p.done.Store(true)
	h := p.e.Header
	salts := make([]byte, 32)
	rand.Read(salts)
	p.openSalt = salts[:16:16]
	h.openSum = digest(p.openSalt, p.e.Open)
	if h.HasSealed() {
		p.sealedSalt = salts[16:]
		h.sealedSum = digest(p.sealedSalt, p.sealedBody)
		p.sealedStore = p.key.Seal(sealedContext(p.e.Index, h.Kind), p.sealedBody)
	}
	line := h.line()
	p.openStored = p.keys.Seal(openContext(p.e.Index, line), p.e.Open)
	if p.leaf, p.err = leaf(line, p.keys.Entry()); p.err == nil {
		p.hash = ledger.LeafHash(p.leaf)
	}
}

// wait returns when the entry is finished. While somebody else is at it, the
// last of those after it that nobody has begun are finished here; then it is
// looked for a moment, because to be woken takes longer than an entry does.
func (p *pending) wait(after []*pending) error {
	p.finish()
	for n := len(after); n > 0 && !p.done.Load(); n-- {
		after[n-1].finish()
	}
	for range 20_000 {
		if p.done.Load() {
			return p.err
		}
	}
	p.finished.Wait()
	return p.err
}

// help finishes entries until the sequencer ends. One core is left to that.
func (r *Record) help() {
	for range max(1, runtime.NumCPU()-1) {
		go func() {
			for p := r.nextUnfinished(); p != nil; p = r.nextUnfinished() {
				p.finish()
			}
		}()
	}
}

// nextUnfinished returns the next entry for a helper, or nil at the end. It looks
// out for a moment, because the next one of a group is there sooner than a
// helper would be awake again.
func (r *Record) nextUnfinished() *pending {
	for range 4_000 {
		select {
		case p := <-r.unfinished:
			return p
		default:
		}
	}
	return <-r.unfinished
}
