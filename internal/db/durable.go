package db

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/ncruces/go-sqlite3"
)

// durable knows which commits are on the disk. The writer hands the frames of a
// commit to the operating system and goes on; whoever needs the commit to last
// waits here, and one of those who wait syncs for all. A reader is let in only
// when all that it may see will last, so that nobody is ever shown what a loss of
// power could take back.
type durable struct {
	mu      sync.Mutex
	cond    sync.Cond
	begun   int64 // commits that readers may see by now
	flushed int64 // and whose frames are with the operating system
	kept    int64 // and on the disk
	syncing bool
	failed  error
	sync    func() error
}

// begin numbers the commit that is about to be made.
func (d *durable) begin() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.begun++
	return d.begun
}

// latest is the last commit that a snapshot taken before the call can hold.
func (d *durable) latest() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.begun
}

// end says that a commit was made, or was given up.
func (d *durable) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flushed = d.begun
	d.cond.Broadcast()
}

// wait returns when a commit is on the disk. After a sync has failed nobody
// knows what is, so nothing is ever said to be again.
func (d *durable) wait(commit int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.kept < commit && d.failed == nil {
		if d.syncing || d.flushed < commit {
			d.cond.Wait()
			continue
		}
		target := d.flushed
		d.syncing = true
		d.mu.Unlock()
		err := d.sync()
		d.mu.Lock()
		d.syncing = false
		if err != nil {
			d.failed = lost(err)
		} else {
			d.kept = target
		}
		d.cond.Broadcast()
	}
	return d.failed
}

// force syncs what others have written: another process, whose waits are not
// known here.
func (d *durable) force() error {
	err := d.sync()
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil && d.failed == nil {
		d.failed = lost(err)
	}
	return d.failed
}

func lost(err error) error {
	return fmt.Errorf("the disk did not keep what was written; stop the node, see to the disk, start again: %w", err)
}

// admit returns when all that a reader's snapshot holds is on the disk.
func (l *lite) admit(c *liteConn) error {
	version, err := c.c.FileControl("main", sqlite3.FCNTL_DATA_VERSION)
	if err != nil {
		return err
	}
	commits := l.durable.latest()
	if version == c.version {
		return l.durable.wait(0) // nothing new
	}
	if err := l.durable.wait(commits); err != nil {
		return err
	}
	if commits == c.commits || c.version == nil { // something new, and not from here
		if err := l.durable.force(); err != nil {
			return err
		}
	}
	c.version, c.commits = version, commits
	return nil
}

// While a sync waits for the disk it holds one of the places in which Go runs
// goroutines, until somebody notices. With as many places as cores, a core stands
// idle meanwhile: with two cores, that halved what a node could write.
const placesForSyncs = 2

// garbage is how much is made at least before Go collects it. Little of a node
// lives on Go's heap, SQLite's pages do not, so that it would be collected every
// four megabytes: some hundreds of entries, for a sixth of the work on them.
const garbage = 32 << 20

var process struct {
	sync.Mutex
	places  int
	ballast []byte // counts as living, and takes no memory, because nobody writes to it
}

// settle fits Go's runtime to a process that has a database open: garbage may
// gather, and where the process syncs, as many goroutines as before run beside.
func settle(syncs bool) {
	process.Lock()
	defer process.Unlock()
	if n := runtime.GOMAXPROCS(0); syncs && n != process.places {
		process.places = n + placesForSyncs
		runtime.GOMAXPROCS(process.places)
	}
	if process.ballast == nil {
		process.ballast = make([]byte, garbage)
	}
}
