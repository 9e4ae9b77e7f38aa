package heed

import (
	"sync"

	"github.com/heed-project/heed/internal/evidence"
	fileread "github.com/heed-project/heed/internal/evidence/reading"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// texts keeps the folded words of readings in memory, so that the next search need not
// unseal them. One is kept only after somebody was permitted to open its item, and is
// looked at only for somebody who is permitted.
type texts struct {
	mu   sync.Mutex
	last map[string]int64 // the entry of the last reading of each item
	upTo int64
	size int64 // of the record, when it was looked through for erasures
	kept map[string]keptText
	held int // bytes
}

type keptText struct {
	entry int64
	words fileread.Folded
}

// mostHeld bounds what is kept, in bytes: beyond it, words are unsealed for each search.
const mostHeld = 512 << 20

// refresh learns what was read and what was erased since the last search.
func (k *texts) refresh(v *record.View) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	size, err := v.Size()
	if err != nil {
		return err
	}
	if k.last == nil {
		k.last, k.kept, k.size = map[string]int64{}, map[string]keptText{}, size
	}
	if k.upTo, err = evidence.ReadEntries(v, k.upTo, func(item string, entry int64) { k.last[item] = entry }); err != nil {
		return err
	}
	if k.size < size { // another process may have erased something
		err = erasedSince(v, k.size, k.drop)
		k.size = size
	}
	return err
}

func (k *texts) drop(item string) {
	k.held -= len(k.kept[item].words)
	delete(k.kept, item)
}

// forget drops what was erased.
func (k *texts) forget(item string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(item)
}

// of returns the words of an item, and whether it was read. Its caller has decided that
// the reader may open it.
func (k *texts) of(v *record.View, item string) (fileread.Folded, bool, error) {
	k.mu.Lock()
	entry := k.last[item]
	have := k.kept[item]
	k.mu.Unlock()
	if entry == 0 {
		return "", false, nil
	}
	if have.entry == entry {
		return have.words, true, nil
	}
	var r fileread.Reading
	err := v.Unseal(entry, &r)
	if fault.KindOf(err) == fault.KindNotFound { // erased
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	words := r.Fold()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(item)
	if k.held+len(words) <= mostHeld {
		k.kept[item] = keptText{entry, words}
		k.held += len(words)
	}
	return words, true, nil
}
