package cli

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/custody/bag"
	"github.com/heed-project/heed/internal/bundle"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/evidence/copies"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/proof"
	"github.com/heed-project/heed/internal/proof/box"
	"github.com/heed-project/heed/internal/proof/judge"
)

type bagCmd struct {
	Check bagCheckCmd `cmd:"" help:"Judge a bag (BagIt 0.93 to 1.0): valid, warning or invalid, with the reasons."`
}

type bagCheckCmd struct {
	Folder string `arg:"" name:"dir" help:"The folder of the bag."`
}

// Run judges a bag. It needs no node.
func (c *bagCheckCmd) Run(r *run) error {
	root, err := os.OpenRoot(c.Folder)
	if err != nil {
		return fault.WithHint(err, "name the folder that holds bagit.txt")
	}
	defer root.Close()
	report, err := bag.Check(root.FS())
	if err != nil {
		return fmt.Errorf("%s: %w", c.Folder, err)
	}
	err = r.print(report, func(w io.Writer) {
		fmt.Fprintf(w, "%s: BagIt %s, %d files, %d bytes\n", report.Verdict, report.Version, report.Files, report.Bytes)
		for _, p := range report.Problems {
			fmt.Fprintf(w, "  %-7s  %s\n", p.Severity, p)
		}
		if report.Unsaid > 0 {
			fmt.Fprintf(w, "  and %d more\n", report.Unsaid)
		}
	})
	if err == nil && report.Verdict == bag.Invalid {
		return fmt.Errorf("%s is no valid bag: %s", c.Folder, report.Problems[0])
	}
	return err
}

type proofCmd struct {
	Check proofCheckCmd `cmd:"" help:"Judge what files prove: integrity, time, origin, identity, each good, bad, unknown or absent."`
}

type proofCheckCmd struct {
	Files   []string      `arg:"" name:"file" help:"Files, bundles and folders. A proof finds the file it is about beside it, or among these."`
	Key     string        `help:"OpenPGP keys that you know, and whose signatures count." placeholder:"FILE"`
	Headers string        `help:"Headers of Bitcoin blocks that you trust: lines of a height and 160 hex digits." placeholder:"FILE"`
	Limit   time.Duration `help:"How long one file may take." default:"10m"`
}

// boxTasks are what this program does in a process of its own, because it reads
// what strangers wrote.
var boxTasks = func() map[string]box.Task {
	tasks := copies.Tasks()
	tasks[proof.TaskName], tasks[bundle.TaskName] = proof.Task, bundle.Task
	return tasks
}()

// opening is with what a node is opened: what looks into files does so in processes of
// their own.
func opening(c *conf.Config) heed.Opening {
	b := copies.Box{Code: c.Code}
	return heed.Opening{Judge: proof.Boxed, Read: b.Read, Unbundle: bundle.Boxed, Redact: b.Redact, Thumb: b.Thumb}
}

// Run judges each file in a child of its own. It needs no node.
func (c *proofCheckCmd) Run(r *run) error {
	job := proof.Job{Others: c.Files, Now: r.now()}
	for _, f := range []struct {
		path string
		to   *[]byte
	}{{c.Key, &job.Keys}, {c.Headers, &job.Headers}} {
		if f.path == "" {
			continue
		}
		b, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		if *f.to = b; len(b) == 0 {
			return fmt.Errorf("%s is empty", f.path)
		}
	}
	for _, file := range c.Files {
		if _, err := os.Stat(file); err != nil {
			return err
		}
	}
	found := []*judge.Finding{}
	for _, job.File = range c.Files {
		f, err := judged(r.ctx, job, c.Limit)
		if err != nil {
			return fmt.Errorf("%s: %w", job.File, err)
		}
		found = append(found, f)
	}
	return r.print(found, func(w io.Writer) {
		for _, f := range found {
			tellFinding(w, *f)
		}
	})
}

// judged judges a file. One that is compressed with gzip is judged as what it holds,
// but for a web archive, which is kept so.
func judged(ctx context.Context, job proof.Job, limit time.Duration) (*judge.Finding, error) {
	given := job.File
	plain, done, broken := decompressed(given)
	defer done()
	if job.File = plain; plain != given { // what it is about lies beside the file that was given
		job.Others = append(slices.Clone(job.Others), besides(given)...)
	}
	f, err := proof.Boxed(ctx, job, limit)
	if err == nil {
		err = exported(ctx, job.File, f)
	}
	if err == nil && plain != given {
		f.File = given
		f.Note("it is compressed with gzip: what it holds was judged")
	}
	if err == nil && broken != nil {
		f.Worsen(&f.Integrity, judge.Bad, "it is compressed with gzip and cannot be read to its end: %v", broken)
	}
	return f, err
}

// mostDecompressed is how much of a compressed file is judged, in bytes.
const mostDecompressed = 4 << 30

// decompressed lays out what a gzip file holds, under its name without .gz; of
// any other file, and of a web archive, it returns the path, and it does so of one
// that is broken, with what is wrong.
func decompressed(path string) (plain string, done func(), broken error) {
	done = func() {}
	if at, err := os.Stat(path); err != nil || !at.Mode().IsRegular() {
		return path, done, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return path, done, nil
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return path, done, nil // it is not one
	}
	b := bufio.NewReader(z)
	if head, _ := b.Peek(5); string(head) == "WARC/" {
		return path, done, nil
	}
	dir, err := os.MkdirTemp("", ".heed-gzip-*")
	if err != nil {
		return path, done, err
	}
	done = func() { _ = os.RemoveAll(dir) } // nothing else is in it
	plain = filepath.Join(dir, strings.TrimSuffix(filepath.Base(path), ".gz"))
	n := int64(0)
	err = writeFile(plain, func(w io.Writer) (err error) {
		n, err = io.Copy(w, io.LimitReader(b, mostDecompressed+1))
		return err
	})
	if err == nil && n > mostDecompressed {
		err = fmt.Errorf("it holds more than %d bytes", int64(mostDecompressed))
	}
	if err != nil {
		return path, done, err
	}
	return plain, done, nil
}

// besides are the files that a compressed proof may be about.
func besides(path string) (out []string) {
	name := strings.TrimSuffix(path, ".gz")
	for _, p := range []string{name, strings.TrimSuffix(name, filepath.Ext(name))} {
		if at, err := os.Stat(p); err == nil && at.Mode().IsRegular() && p != path {
			out = append(out, p)
		}
	}
	return out
}

// tellFinding words a finding.
func tellFinding(w io.Writer, f judge.Finding) {
	fmt.Fprintf(w, "%s  (%s)\n  integrity %s · time %s · origin %s · identity %s\n", f.File, f.Kind, f.Integrity, f.Time, f.Origin, f.Identity)
	for _, n := range f.Notes {
		fmt.Fprintf(w, "  - %s\n", n)
	}
}

type evidenceJudgeCmd struct {
	ID      string `arg:"" help:"The item." placeholder:"ID"`
	Purpose string `help:"For what it is opened." placeholder:"TEXT"`
}

// Run judges the proofs that an item brings. That it was opened is on record
// first.
func (c *evidenceJudgeCmd) Run(r *run) error {
	if c.Purpose == "" {
		return usage("say for what --purpose the item is opened and judged")
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose = c.Purpose
	f, err := n.JudgeEvidence(r.ctx, who, c.ID)
	if err != nil {
		return err
	}
	return r.print(f, func(w io.Writer) { tellFinding(w, f) })
}

// judgeTaken judges the proofs of what was taken in and told. What fails here is
// said, and is no failure of the intake: the items are kept.
func (r *run) judgeTaken(n *heed.Node, who heed.Who, out heed.EvidenceTaken) {
	judged, err := n.JudgeTaken(r.ctx, who, out.Intake, out.Items)
	if judged > 0 {
		fmt.Fprintf(r.err, "the proofs of %d items were judged: heed evidence show\n", judged)
	}
	if err != nil {
		fmt.Fprintf(r.err, "not all proofs were judged (heed evidence judge does it later): %v\n", err)
	}
}
