package record

import (
	"sync"

	"github.com/heed-project/heed/internal/keys"
)

// keyCache holds unwrapped data keys. What commands seal with and what readers
// open with are kept apart: a reader on an old snapshot may still see a key
// that was destroyed since, and nothing may be sealed under that.
type keyCache struct {
	mu             sync.Mutex
	erasures       int64 // the head's count of erasures that writing is true for
	writing, reads map[string]keys.DataKey
	readsAt        int64 // the count of erasures that reads is true for
}

// maxKeys bounds each half of the cache; a full one starts again.
const maxKeys = 10000

func (c *keyCache) written(subject string) (keys.DataKey, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.writing[subject]
	return k, ok
}

// seen returns a key for a reader whose snapshot knows of so many erasures.
func (c *keyCache) seen(subject string, erasures int64) (keys.DataKey, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if erasures != c.readsAt {
		return keys.DataKey{}, false
	}
	k, ok := c.reads[subject]
	return k, ok
}

func (c *keyCache) see(subject string, k keys.DataKey, erasures int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if erasures < c.readsAt { // an old snapshot teaches nothing
		return
	}
	if c.reads == nil || erasures > c.readsAt || len(c.reads) >= maxKeys {
		c.reads, c.readsAt = map[string]keys.DataKey{}, erasures
	}
	c.reads[subject] = k
}

// wrote takes over the keys of a group that has committed.
func (c *keyCache) wrote(fresh map[string]keys.DataKey, forget bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if forget {
		c.writing, c.reads = nil, nil
	}
	if c.writing == nil || len(c.writing) >= maxKeys {
		c.writing = map[string]keys.DataKey{}
	}
	for s, k := range fresh {
		c.writing[s] = k
	}
}

// since drops what was cached before another process destroyed a key.
func (c *keyCache) since(erasures int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.erasures != erasures {
		c.writing, c.reads, c.erasures = nil, nil, erasures
	}
}
