package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

type evidenceCmd struct {
	Add        evidenceAddCmd        `cmd:"" help:"Take files and folders in: hashed, encrypted, durable, each with an entry."`
	Judge      evidenceJudgeCmd      `cmd:"" help:"Judge the proofs that an item brings, again: integrity, time, origin, identity."`
	Get        evidenceGetCmd        `cmd:"" help:"Open an item, for a purpose that goes on record first."`
	List       evidenceListCmd       `cmd:"" help:"Items, the newest first."`
	Show       evidenceShowCmd       `cmd:"" help:"An item and its custody: everything that happened to it."`
	Mark       evidenceMarkCmd       `cmd:"" help:"Mark an item anew."`
	Link       evidenceLinkCmd       `cmd:"" help:"Say what items belong to: a case, a collection, a source, a situation, a mandate."`
	Permit     evidencePermitCmd     `cmd:"" help:"Put a contributor's consent, or a condition of use, on items."`
	Withdraw   evidenceWithdrawCmd   `cmd:"" help:"Take a contributor's consent back: on items, or on all that carry it."`
	Hold       evidenceHoldCmd       `cmd:"" help:"Put a legal hold on items."`
	Release    evidenceReleaseCmd    `cmd:"" help:"End a hold that somebody else put on."`
	Review     evidenceReviewCmd     `cmd:"" help:"Review an item that somebody else took in."`
	Code       evidenceCodeCmd       `cmd:"" help:"Say what an item shows: fields of the vocabulary, events, persons, places."`
	CodeReview evidenceCodeReviewCmd `cmd:"" help:"Review what somebody else coded."`
	Vocabulary evidenceVocabularyCmd `cmd:"" help:"The words with which items are coded; or put an office's own into force."`
	Read       evidenceReadCmd       `cmd:"" help:"Read what items say about themselves, and their text, so that they are found."`
	Search     evidenceSearchCmd     `cmd:"" help:"Look for words in the text and the fields of what you may open."`
	Near       evidenceNearCmd       `cmd:"" help:"What is nearly the same as an item, or the groups of such items in a collection."`
	Unpack     evidenceUnpackCmd     `cmd:"" help:"Take the records of an export in: Bayanat, Uwazi, FollowTheMoney, load files, mail."`
	Redact     evidenceRedactCmd     `cmd:"" help:"Make a copy of a picture, a PDF or a text from which something is gone."`
	Text       evidenceTextCmd       `cmd:"" help:"Keep the text of an item as an item of its own, derived from it."`
	Thumbs     evidenceThumbsCmd     `cmd:"" help:"Draw thumbnails of pictures, PDFs and films, each an item derived from its original."`
	Derive     evidenceDeriveCmd     `cmd:"" help:"Take in what a person made out of an item: a transcript, a transcode, a translation."`
	Verify     evidenceVerifyCmd     `cmd:"" help:"Read what is kept again and compare it with what was taken in."`
	Replicate  evidenceReplicateCmd  `cmd:"" help:"Copy what another place lacks to it, encrypted as it is."`
	Recover    evidenceRecoverCmd    `cmd:"" help:"Read the store alone, without the record: names, provenance, order, bytes."`
	Custodian  evidenceCustodianCmd  `cmd:"" help:"Have what is taken in from now on encrypted to one more key, or to one fewer."`
	Custodians evidenceCustodiansCmd `cmd:"" help:"List the keys to which evidence is encrypted, and who holds them."`
	Stamp      evidenceStampCmd      `cmd:"" help:"Have time stamps put on what was taken in, and renew those that end."`
	Watch      evidenceWatchCmd      `cmd:"" help:"Take in what is put into a folder, as it comes."`
	Export     evidenceExportCmd     `cmd:"" help:"Write items as a bag, with their custody as PREMIS, CASE, FollowTheMoney and tables."`
	Receive    evidenceReceiveCmd    `cmd:"" help:"Receive files from phones that run Tella, over the same network."`
}

type evidenceAddCmd struct {
	Path      []string `arg:"" help:"Files and folders." placeholder:"PATH"`
	Authority string   `help:"Under what authority it is taken; it may be provisional." placeholder:"TEXT"`
	Marking   string   `help:"TLP 2.0: RED, AMBER+STRICT, AMBER, GREEN, CLEAR (default: AMBER+STRICT)." placeholder:"M"`
	Note      string   `help:"How it came."`
	Link      []string `help:"What it belongs to, as kind:id: case:C-1, situation:S-1, mandate:M-1, source:…, collection:…" placeholder:"KIND:ID"`
	NoJudge   bool     `help:"Do not judge the proofs that the files bring; heed evidence judge does it later."`
	NoRead    bool     `help:"Do not read the fields and the text of the files; heed evidence read does it later."`
	Resume    string   `help:"Go on with an intake that was cut short." placeholder:"IN-1"`
}

func (c *evidenceAddCmd) Run(r *run) error {
	if c.Authority == "" && c.Resume == "" {
		return usage("say under what --authority this is taken in; it may be provisional")
	}
	links, err := parseLinks(c.Link)
	if err != nil {
		return err
	}
	var sources []evidence.Source
	var refused []evidence.Refused
	var walk sync.WaitGroup
	walk.Go(func() { sources, refused = evidence.Walk(c.Path) }) // while the node opens
	n, who, err := r.open()
	walk.Wait()
	if err != nil {
		return err
	}
	if len(sources) == 0 && len(refused) > 0 {
		return fault.Invalid("path", "%s: %s", refused[0].Path, refused[0].Error)
	}
	id := c.Resume
	if id == "" {
		in, err := n.BeginEvidence(r.ctx, who, heed.EvidenceInput{Authority: c.Authority, Marking: c.Marking, Note: c.Note, Via: "command", Links: links})
		if err != nil {
			return err
		}
		id = in.ID
	}
	out, err := n.TakeEvidence(r.ctx, who, id, sources, len(refused) == 0, nil)
	out.Refused = append(refused, out.Refused...)
	if err != nil && len(out.Items) == 0 {
		return err
	}
	err = errors.Join(err, r.print(out, func(w io.Writer) {
		for _, i := range out.Items {
			fmt.Fprintf(w, "%-12s %s %12d  entry %d  %s\n", i.ID, i.SHA256, i.Bytes, i.Entry, i.Name)
		}
		fmt.Fprintf(w, "%d items were taken in as %s.\n", len(out.Items), out.Intake)
	}))
	if !c.NoJudge {
		r.judgeTaken(n, who, out)
	}
	if !c.NoRead {
		r.readTaken(n, who, out)
	}
	if err == nil && len(out.Refused) > 0 {
		err = fault.WithHint(fmt.Errorf("%d files were not taken in; the first: %s: %s", len(out.Refused), out.Refused[0].Path, out.Refused[0].Error),
			"what was taken in is safe; mend the cause and go on with --resume "+out.Intake)
	}
	return err
}

type evidenceGetCmd struct {
	ID      string `arg:"" help:"The item." placeholder:"ID"`
	Purpose string `help:"For what it is opened." placeholder:"TEXT"`
	Out     string `help:"Where to write it." placeholder:"FILE"`
	useFlags
}

func (c *evidenceGetCmd) Run(r *run) error {
	if c.Purpose == "" || c.Out == "" {
		return usage("say for what --purpose the item is opened and to which --out file it goes")
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	who.Purpose, who.Use = c.Purpose, c.use()
	out := struct {
		Opened int64  `json:"opened_entry"`
		SHA256 string `json:"sha256"`
	}{}
	err = writeFile(c.Out, func(w io.Writer) error {
		item, opened, err := n.OpenEvidence(r.ctx, who, c.ID, w)
		out.Opened, out.SHA256 = opened, item.SHA256
		return err
	})
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s is in %s, whole (SHA-256 %s). That you opened it is entry %d.\n", c.ID, c.Out, out.SHA256, out.Opened)
	})
}

// writeFile writes a file that is there whole or not at all.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".heed-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

type evidenceListCmd struct {
	Intake  string `placeholder:"IN-1"`
	Link    string `help:"Only what belongs to this." placeholder:"KIND:ID"`
	State   string `help:"unreviewed, in-review, reviewed or returned."`
	Marking string
	Damaged bool
	Held    bool
	Code    string `help:"Only what is coded so." placeholder:"FIELD=CODE"`
	Q       string `name:"search" help:"Looked for in names." placeholder:"TEXT"`
	Limit   int    `default:"50"`
}

func (c *evidenceListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	f := heed.EvidenceFilter{Q: c.Q, Code: c.Code}
	f.Filter = evidence.Filter{Intake: c.Intake, State: c.State, Marking: c.Marking, Damaged: c.Damaged, Held: c.Held, Limit: c.Limit}
	if c.Link != "" {
		links, err := parseLinks([]string{c.Link})
		if err != nil {
			return err
		}
		f.Link = links[0]
	}
	items, more, err := n.Evidence(r.ctx, who, f)
	if err != nil {
		return err
	}
	return r.print(items, func(w io.Writer) {
		for _, i := range items {
			fmt.Fprintf(w, "%-12s %s %12d  %-12s %-10s %s\n", i.ID, i.Taken.Format("2006-01-02 15:04"), i.Size, i.Marking, i.State, named(i))
		}
		if more {
			fmt.Fprintln(w, "There are more: ask with --limit, or narrow it down.")
		}
	})
}

type evidenceShowCmd struct {
	ID string `arg:""`
}

func (c *evidenceShowCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	i, err := n.Item(r.ctx, who, c.ID)
	if err != nil {
		return err
	}
	return r.print(i, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s\n%d bytes, SHA-256 %s\nmarked %s, %s, taken in by %s on %s under: %s\n\n", i.ID, named(i.Item), i.Size, i.SHA256, i.Marking, i.State,
			i.ByName, i.Taken.Format(time.RFC3339), i.Under.Authority)
		if i.Finding != nil {
			tellFinding(w, i.Finding.Finding)
		}
		if i.Read != nil {
			tellReading(w, i.Read.Reading)
		}
		tellDescribed(w, i)
		for _, e := range i.Custody {
			fmt.Fprintf(w, "entry %-6d %s  %-20s %s  %s %s %s\n", e.Entry, e.At.Format("2006-01-02 15:04:05"), e.Kind, e.Name, e.Detail, e.Other, e.Reason)
		}
	})
}

type evidenceVerifyCmd struct {
	PerSecond int64         `help:"Bytes read a second at most; 0 is as fast as it goes." placeholder:"N"`
	Most      int64         `help:"Bytes in this run at most; 0 is all that is due." placeholder:"N"`
	Older     time.Duration `help:"Only what was last proved longer ago than this." placeholder:"720h"`
	Replica   []string      `help:"Places from which damaged items are restored." placeholder:"URL"`
}

func (c *evidenceVerifyCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	s := evidence.Scrub{PerSecond: c.PerSecond, Most: c.Most}
	if c.Older > 0 {
		s.Before = r.now().Add(-c.Older)
	}
	replicas, err := shelves(r.ctx, n, c.Replica)
	if err != nil {
		return err
	}
	p, err := n.ProveEvidence(r.ctx, who, s, replicas)
	if err != nil {
		return err
	}
	err = r.print(p, func(w io.Writer) {
		fmt.Fprintf(w, "%d items, %d bytes read again: %d damaged, %d restored; %d still due.\n", p.Items, p.Bytes, len(p.Damaged), len(p.Restored), p.Left)
		if p.Manifests != nil {
			fmt.Fprintf(w, "The store's manifests: %d items had to be named anew, %d erased names taken out.\n", p.Manifests.Written, p.Manifests.Struck)
			for _, why := range p.Manifests.Damaged {
				fmt.Fprintf(w, "  cannot be read: %s\n", why)
			}
		}
	})
	if err == nil && len(p.Damaged) > len(p.Restored) {
		err = fault.WithHint(fmt.Errorf("%d items are damaged and were not restored: %s", len(p.Damaged)-len(p.Restored), p.Damaged[0]), "name a --replica")
	}
	return err
}

func shelves(ctx context.Context, n *heed.Node, urls []string) (out []*blob.Shelf, err error) {
	for _, url := range urls {
		s, err := n.Shelf(ctx, url)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

type evidenceReplicateCmd struct {
	To string `arg:"" help:"A folder or s3://HOST/BUCKET/PREFIX." placeholder:"URL"`
}

func (c *evidenceReplicateCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	to, err := n.Shelf(r.ctx, c.To)
	if err != nil {
		return err
	}
	objects, size, err := n.Replicate(r.ctx, who, to)
	if err != nil {
		return err
	}
	return r.print(map[string]any{"objects": objects, "bytes": size}, func(w io.Writer) {
		fmt.Fprintf(w, "%d objects, %d bytes were copied to %s.\n", objects, size, c.To)
	})
}
