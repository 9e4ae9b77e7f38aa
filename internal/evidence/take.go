package evidence

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/record"
)

// How small files are packed: one sync and one commit serve a whole part.
const (
	small     = 256 << 10 // bytes of a file that is packed
	partFiles = 500       // readOn relies on it
	partBytes = 12 << 20
	hands     = 3 // parts that are worked on at once
)

// job is a part of an intake: some small files, or one large.
type job struct {
	number  int
	sources []Source
}

// Take takes files in. Each is acknowledged through told, if that is not nil,
// as soon as it is durable, and is in what is returned. A file that cannot be
// read is refused and keeps no other from being taken in. Take fails, with
// what was acknowledged until then, where the store or the record does.
func (d *Desk) Take(ctx context.Context, by record.By, name string, in Intake, sources []Source, told func([]Taken)) (taken []Taken, refused []Refused, err error) {
	t := &taking{d: d, by: by, name: name, in: in, told: told}
	var from int
	if from, err = d.reserve(ctx, in.ID, len(sources)); err != nil {
		return nil, nil, err
	}
	jobs := make(chan job)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	for range hands {
		wait.Go(func() {
			for j := range jobs {
				if err := t.part(ctx, j); err != nil {
					t.fail(err)
					cancel()
				}
			}
		})
	}
	t.deal(ctx, sources, from, jobs)
	close(jobs)
	wait.Wait()
	slices.SortFunc(t.taken, func(a, b Taken) int { return a.seq - b.seq })
	if t.err == nil {
		t.err = ctx.Err()
	}
	return t.taken, t.refused, t.err
}

// reserve returns the first of n places in an intake that nobody else gets: the
// store names an item before the record does. Places that are not used are missing.
func (d *Desk) reserve(ctx context.Context, intake string, n int) (first int, err error) {
	if n == 0 {
		return 1, nil
	}
	err = d.rec.DB().Update(ctx, func(tx *db.Tx) error {
		first, err = reservePlaces(tx, intake, n)
		return err
	})
	return first, err
}

// taking is what the hands of one intake share.
type taking struct {
	d    *Desk
	by   record.By
	name string
	in   Intake
	told func([]Taken)

	mu      sync.Mutex
	taken   []Taken
	refused []Refused
	err     error
}

func (t *taking) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
	}
}

func (t *taking) refuse(s Source, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	path := s.Path
	if path == "" {
		path = s.Name
	}
	t.refused = append(t.refused, Refused{path, err.Error()})
}

// deal numbers the sources and deals them out in parts.
func (t *taking) deal(ctx context.Context, sources []Source, seq int, jobs chan<- job) {
	var group []Source
	size, number := int64(0), seq
	give := func(some ...Source) {
		if len(some) == 0 {
			return
		}
		select {
		case jobs <- job{number, some}:
		case <-ctx.Done():
		}
	}
	for _, s := range sources {
		if ctx.Err() != nil {
			return
		}
		if err := s.check(); err != nil {
			t.refuse(s, err)
			continue
		}
		s.seq = seq
		seq++
		if s.Size < 0 || s.Size > small {
			number = s.seq
			give(s)
			continue
		}
		if len(group) == partFiles || size+s.Size > partBytes {
			number = group[0].seq
			give(group...)
			group, size = nil, 0
		}
		group, size = append(group, s), size+s.Size
	}
	if len(group) > 0 {
		number = group[0].seq
	}
	give(group...)
}

// part keeps the bytes of a part, then its manifest, then appends its entries.
func (t *taking) part(ctx context.Context, j job) error {
	m := vault.Manifest{Node: t.d.rec.Origin(), Intake: t.in.ID, Part: j.number, At: t.in.At, By: t.by.Person, ByName: t.name,
		Authority: t.in.Authority, Marking: t.in.Marking, Via: t.in.Via}
	var kept []Source
	began, err := t.d.erasures(ctx)
	if err != nil {
		return err
	}
	keep := func(s Source, k vault.Kept) {
		m.Items = append(m.Items, vault.Listed{ID: itemID(t.in.ID, s.seq), Seq: s.seq, Name: s.Name, Path: s.Path, Modified: s.Modified, Type: s.Type,
			SHA256: k.Sum(), Size: k.Size, From: s.From, Tool: s.Tool, Place: k.Place})
		kept = append(kept, s)
	}
	if len(j.sources) == 1 && (j.sources[0].Size < 0 || j.sources[0].Size > small) {
		err = t.one(ctx, j.sources[0], keep)
	} else {
		err = t.many(ctx, j.sources, keep)
	}
	if err != nil || len(m.Items) == 0 {
		return err
	}
	if err := t.d.vault.KeepManifest(ctx, m); err != nil {
		return err
	}
	taken, erased, err := t.d.acknowledge(ctx, t.by, t.in, m, kept, began)
	if err != nil {
		return err
	}
	for _, n := range erased {
		if err := t.withdraw(ctx, m.Items[n], kept[n]); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken = append(t.taken, taken...)
	if t.told != nil {
		t.told(taken)
	}
	return nil
}

// withdraw refuses a file whose bytes were erased while it was taken in: whoever
// erased them may not have seen it.
func (t *taking) withdraw(ctx context.Context, l vault.Listed, s Source) error {
	shared := false
	err := t.d.rec.View(ctx, func(v *record.View) (err error) {
		shared, err = sharedBy(v, l.ID, l.Place)
		return err
	})
	if err != nil {
		return err
	}
	if err := t.d.vault.Destroy(ctx, l.ID, l.Place, shared, nil); err != nil {
		return err
	}
	t.refuse(s, fault.Stale("the same bytes were erased here while this was taken in: take it in again"))
	return nil
}

// errInput is an error of what is read, not of where it is kept.
type errInput struct{ error }

func (e errInput) Unwrap() error { return e.error }

// input marks the errors of what is read.
type input struct{ r io.Reader }

func (i input) Read(p []byte) (int, error) {
	n, err := i.r.Read(p)
	if err != nil && err != io.EOF {
		err = errInput{err}
	}
	return n, err
}

// one keeps a file as an object of its own.
func (t *taking) one(ctx context.Context, s Source, keep func(Source, vault.Kept)) error {
	f, err := s.open()
	if err != nil {
		t.refuse(s, err)
		return nil
	}
	defer f.Close()
	look := &sniffer{name: s.Name}
	var k vault.Kept
	if s.erased, err = t.d.erasures(ctx); err == nil {
		k, err = t.d.vault.Seal(ctx, look.watched(input{f}), max(s.Size, 0), s.erased)
	}
	if bad := (errInput{}); errors.As(err, &bad) && ctx.Err() == nil {
		t.refuse(s, bad.error)
		return nil
	}
	if err != nil {
		return err
	}
	s.proves = look.found
	keep(s, k)
	return nil
}

// many packs small files. One that has grown since it was looked at is kept as
// an object of its own.
func (t *taking) many(ctx context.Context, sources []Source, keep func(Source, vault.Kept)) error {
	size := int64(0)
	for _, s := range sources {
		size += s.Size + vault.Overhead
	}
	seg, err := t.d.vault.Segment(size)
	if err != nil {
		return err
	}
	defer seg.Discard()
	buf := make([]byte, small+1)
	type packed struct {
		Source
		vault.Kept
	}
	var members []packed
	for _, s := range sources {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := readSmall(s, buf)
		if err != nil {
			t.refuse(s, err)
			continue
		}
		if n > small {
			if err := t.one(ctx, s, keep); err != nil {
				return err
			}
			continue
		}
		k, err := seg.Add(buf[:n])
		if err != nil {
			return err
		}
		s.proves = mayProve(s.Name, buf[:n])
		members = append(members, packed{s, k})
	}
	if len(members) == 0 {
		return nil
	}
	if err := seg.Keep(ctx); err != nil {
		return err
	}
	for _, m := range members {
		keep(m.Source, m.Kept)
	}
	return nil
}

// readSmall fills buf from a source, and returns how much of it there was.
func readSmall(s Source, buf []byte) (n int, err error) {
	if s.Open == nil {
		return readPath(s.Path, buf)
	}
	f, err := s.Open()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return readUpTo(f, buf)
}

func readUpTo(f io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = f.Read(buf[n:])
		n += m
	}
	if err == io.EOF || n == len(buf) {
		return n, nil
	}
	return n, err
}

// Walk lists the files below paths, in the order of their names, as sources.
// Links are not followed: what they point to may lie outside of what was
// named. What is neither a file nor a folder is refused.
func Walk(paths []string) (sources []Source, refused []Refused) {
	for _, root := range paths {
		root = filepath.Clean(root)
		if real, err := filepath.EvalSymlinks(root); err == nil { // what was named itself is meant
			root = real
		}
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				refused = append(refused, Refused{path, err.Error()})
				if e != nil && e.IsDir() {
					return fs.SkipDir
				}
				return nil
			case e.IsDir():
				return nil
			case !e.Type().IsRegular():
				refused = append(refused, Refused{path, "it is a link or a device, not a file"})
				return nil
			}
			info, err := e.Info()
			if err != nil {
				refused = append(refused, Refused{path, err.Error()})
				return nil
			}
			sources = append(sources, Source{Name: filepath.Base(path), Path: path, Size: info.Size(), Modified: info.ModTime().UTC()})
			return nil
		})
		if err != nil {
			refused = append(refused, Refused{root, err.Error()})
		}
	}
	return sources, refused
}

// Remaining returns the sources that an intake, cut short, has not taken in
// yet: those whose path and size no item of it has, and whose bytes it has not taken
// in and lost to an erasure.
func (d *Desk) Remaining(v *record.View, intake string, sources []Source) ([]Source, error) {
	type file struct {
		path string
		size int64
	}
	if !slices.ContainsFunc(sources, func(s Source) bool { return s.Path != "" }) {
		return sources, nil
	}
	have, erased := map[file]bool{}, map[int64]bool{}
	err := Each(v, Filter{Intake: intake}, func(i Item) error {
		have[file{i.Path, i.Size}] = true
		erased[i.Size] = erased[i.Size] || i.Erased
		return nil
	})
	if err != nil || len(have) == 0 {
		return sources, err
	}
	var left []Source
	for _, s := range sources {
		known := s.Path != "" && have[file{s.Path, s.Size}]
		if !known && s.Path != "" && erased[s.Size] {
			if known, err = d.erasedFrom(v, intake, s); err != nil {
				return nil, err
			}
		}
		if !known {
			left = append(left, s)
		}
	}
	return left, nil
}

// erasedFrom tells whether the bytes of a source were taken in by an intake and erased.
func (d *Desk) erasedFrom(v *record.View, intake string, s Source) (bool, error) {
	sum, err := s.Digest()
	if err != nil {
		return false, nil // it is said when it is taken in
	}
	same, err := List(v, Filter{Intake: intake, Mark: d.Mark(sum), Limit: 1000, Oldest: true})
	return slices.ContainsFunc(same, func(i Item) bool { return i.Erased }), err
}

// Resume returns an intake that was begun, to go on with. One that has ended
// is complete.
func (d *Desk) Resume(v *record.View, id string) (Intake, error) {
	if !strings.HasPrefix(id, "IN-") {
		return Intake{}, fault.Invalid("intake", "%q is not an intake: give an id such as IN-7", id)
	}
	in, err := GetIntake(v, id)
	if err == nil && !in.Ended.IsZero() {
		err = fault.Stale("%s ended on %s", id, in.Ended.Format("2 January 2006 15:04"))
	}
	if err != nil {
		return in, err
	}
	in.links, err = linksOf(v.Tx, id)
	return in, err
}
