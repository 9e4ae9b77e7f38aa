package heed

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/proof"
	"github.com/heed-project/heed/internal/proof/judge"
)

// judgeLimit is how long one file may take to be judged.
const judgeLimit = 2 * time.Minute

// Judge judges the proofs that a file brings, in a process of its own:
// proof.Boxed does, in programs that can be started again as its child.
type Judge func(ctx context.Context, job proof.Job, limit time.Duration) (*judge.Finding, error)

// judging is what goes on behind the answers.
type judging struct {
	one  sync.Mutex // one file at a time: it must not slow down what comes in
	soon sync.WaitGroup
	end  context.CancelFunc
	ctx  context.Context
	mu   sync.Mutex
	done *sync.Cond
	of   map[string]int // how many go on of an intake
}

// begin counts one that goes on of an intake, until end is called.
func (j *judging) begin(intake string) (end func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.of == nil {
		j.of, j.done = map[string]int{}, sync.NewCond(&j.mu)
	}
	j.of[intake]++
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.of[intake]--; j.of[intake] == 0 {
			delete(j.of, intake)
		}
		j.done.Broadcast()
	}
}

// wait returns when none goes on of an intake.
func (j *judging) wait(intake string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.of[intake] > 0 {
		j.done.Wait()
	}
}

// JudgeTaken judges the proofs that items of an intake brought, of those that
// may bring any, and puts what was found on record. It comes after they were
// acknowledged: whatever fails here, they are kept. It returns how many were
// judged.
func (h *Heed) JudgeTaken(ctx context.Context, who Who, intake string, taken []evidence.Taken) (n int, err error) {
	if err := h.mayJudge(ctx, who, intake); err != nil || h.parts.Judge == nil {
		return 0, err
	}
	return h.judgeSets(ctx, who, intake, evidence.Sets(taken))
}

// judgeSets judges sets of an intake, one by one.
func (h *Heed) judgeSets(ctx context.Context, who Who, intake string, sets []evidence.Set) (n int, err error) {
	for _, s := range sets {
		if _, err := h.judgeItem(ctx, who, access.EvidenceAdd, intake, s.Item, s.Beside); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// JudgeSoon is JudgeTaken, [Heed.ReadTaken] and [Heed.ThumbTaken] behind the answer to
// whoever sent the items. It ends with the node.
func (h *Heed) JudgeSoon(ctx context.Context, who Who, intake string, taken []evidence.Taken) error {
	judge, read := h.parts.Judge != nil && len(evidence.Sets(taken)) > 0, h.parts.Read != nil && len(taken) > 0
	draw := h.parts.Thumb != nil && len(taken) > 0
	if err := h.mayJudge(ctx, who, intake); err != nil || !judge && !read && !draw {
		return err
	}
	end := h.judging.begin(intake)
	h.judging.soon.Go(func() {
		defer end()
		// What fails is not on record and can be asked for again; the items are kept.
		if judge {
			_, _ = h.JudgeTaken(h.judging.ctx, who, intake, taken)
		}
		if read {
			_, _ = h.ReadTaken(h.judging.ctx, who, intake, taken)
		}
		if draw {
			_, _ = h.ThumbTaken(h.judging.ctx, who, intake, taken)
		}
	})
	return nil
}

// mayJudge decides whether who may have what was taken in judged: as part of
// taking it in.
func (h *Heed) mayJudge(ctx context.Context, who Who, intake string) error {
	return h.see(ctx, who, func(l *look) error {
		if err := l.need(access.EvidenceAdd, l.node()); err != nil {
			return err
		}
		in, err := evidence.GetIntake(l.View, intake)
		if err == nil && in.By != who.Person {
			err = fault.Denied("%s was begun by somebody else", intake)
		}
		return err
	})
}

// JudgeEvidence judges the proofs that an item brings, again, with what stood
// beside it and may be opened too. That they were opened for it, for the
// purpose that who states, is on record first.
func (h *Heed) JudgeEvidence(ctx context.Context, who Who, id string) (judge.Finding, error) {
	var item evidence.Item
	var beside []string
	err := h.onItem(ctx, who, id, access.EvidenceOpen, func(a *act) (err error) {
		if h.parts.Judge == nil {
			return fault.Denied("this program cannot judge proofs: it has no process to do so in")
		}
		if item, err = evidence.Get(a.View, id); err != nil {
			return err
		}
		near, err := evidence.List(a.View, evidence.Filter{Intake: item.Intake, After: item.Entry - 500, Limit: 1000, Oldest: true})
		if err != nil {
			return err
		}
		if _, err := evidence.Open(a.tx, id, who.Purpose); err != nil {
			return err
		}
		for _, o := range near {
			if !o.Erased && evidence.Beside(item, o) && len(beside) < 100 && a.may(access.EvidenceOpen, a.item(o)) {
				if _, err := evidence.Open(a.tx, o.ID, who.Purpose); err != nil {
					return err
				}
				beside = append(beside, o.ID)
			}
		}
		return nil
	})
	if err != nil {
		return judge.Finding{}, err
	}
	return h.judgeItem(ctx, who, access.EvidenceOpen, item.Intake, id, beside)
}

// judgeItem lays an item and what stood beside it out, judges it, and puts what
// was found on record. That it could not be judged is a finding too.
func (h *Heed) judgeItem(ctx context.Context, who Who, action, intake, id string, beside []string) (f judge.Finding, err error) {
	h.judging.one.Lock()
	defer h.judging.one.Unlock()
	var items []evidence.Item
	err = h.see(ctx, who, func(l *look) error {
		if err := l.need(action, l.judged(action, id)); err != nil {
			return err
		}
		for _, one := range append([]string{id}, beside...) {
			i, err := evidence.Get(l.View, one)
			if err != nil {
				return err
			}
			if i.Intake != intake {
				return fault.NotFound("%s is no item of %s", one, intake)
			}
			items = append(items, i)
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	found, err := h.judgeLaidOut(ctx, items)
	if err == nil {
		err = h.judgeBundle(ctx, who, action, items[0], found)
	}
	if ctx.Err() != nil {
		return f, ctx.Err()
	}
	if err != nil {
		found = judge.New("unknown")
		found.Worsen(&found.Integrity, judge.Unknown, "it could not be judged: %v", err)
	}
	f = *found
	f.File = items[0].Name
	return f, h.do(ctx, who, func(a *act) error {
		if err := a.need(action, a.judged(action, id)); err != nil {
			return err
		}
		_, err := evidence.Judged(a.tx, id, f)
		return err
	})
}

// judged is what a judgement is decided on: the node, when it is part of taking
// in, and else the item.
func (l *look) judged(action, id string) access.Resource {
	i, err := evidence.Head(l.View, id)
	switch {
	case action == access.EvidenceAdd:
		return l.node()
	case err != nil:
		i = evidence.Item{ID: id, Marking: "RED"}
	}
	return l.item(i)
}

// judgeLaidOut puts items into a folder in memory that only this account reads,
// and has the first of them judged. The folder goes when that is done. Nothing
// is laid out on a disk, where a crash would leave it readable: what memory has
// no place for is not judged.
func (h *Heed) judgeLaidOut(ctx context.Context, items []evidence.Item) (f *judge.Finding, err error) {
	d, err := h.evidence(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(inMemory, ".heed-judge-")
	if err != nil {
		return nil, errors.New("memory has no place for it")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return h.judgeIn(ctx, d, dir, items)
}

// inMemory is where Linux keeps files that no disk sees.
const inMemory = "/dev/shm"

func (h *Heed) judgeIn(ctx context.Context, d *evidence.Desk, dir string, items []evidence.Item) (*judge.Finding, error) {
	job := proof.Job{Now: h.Now()} // without others: proofs are found beside what they are about
	for n, i := range items {
		path := filepath.Join(dir, laidName(i))
		if n == 0 {
			job.File = path
		}
		err := layOut(path, func(w io.Writer) error { return d.Copy(ctx, w, i) })
		if errors.Is(err, os.ErrExist) && n > 0 {
			continue // of two with one name, the first is at hand
		}
		if err != nil {
			return nil, err
		}
	}
	f, err := h.parts.Judge(ctx, job, judgeLimit)
	if err != nil {
		return nil, err
	}
	for n := range f.Notes { // where it lay is nobody's concern
		f.Notes[n] = strings.ReplaceAll(f.Notes[n], dir+string(filepath.Separator), "")
	}
	return f, nil
}

// laidName is the name under which an item is laid out: its own, where that
// stays in its folder.
func laidName(i evidence.Item) string {
	name := filepath.Base(strings.ReplaceAll(i.Name, `\`, "/"))
	if name == "." || name == ".." || name == "/" || len(name) > 255 || strings.ContainsRune(name, 0) {
		return i.ID
	}
	return name
}

func layOut(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
