package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/heed-project/heed/internal/proof/box"
	"github.com/heed-project/heed/internal/proof/judge"
	"github.com/heed-project/heed/internal/proof/ots"
	"github.com/heed-project/heed/internal/proof/proofmode"
)

// TaskName is the name under which Task is given to box.Main.
const TaskName = "proof"

// A Job is what a child judges.
type Job struct {
	File    string    `json:"file"`
	Others  []string  `json:"others"`            // files that it may be about
	Keys    []byte    `json:"keys,omitempty"`    // OpenPGP keys that are known
	Headers []byte    `json:"headers,omitempty"` // lines for ots.ParseHeaders
	Now     time.Time `json:"now"`
}

// Task judges one file, in the child.
func Task(_ []string, in io.Reader, out io.Writer) error {
	var job Job
	if err := json.NewDecoder(in).Decode(&job); err != nil {
		return err
	}
	o, err := job.options()
	if err != nil {
		return err
	}
	f, err := One(job.File, job.Others, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(f)
}

// options reads what the job brings.
func (j *Job) options() (o Options, err error) {
	o.Now = j.Now
	if len(j.Keys) > 0 {
		if o.Keys, err = proofmode.ParseKeys(j.Keys); err != nil {
			return o, err
		}
	}
	if len(j.Headers) > 0 {
		o.Headers, err = ots.ParseHeaders(bytes.NewReader(j.Headers))
	}
	return o, err
}

// Boxed judges one file in a process of its own, which is this program started
// again: its main must give Task to box.Main. A file over which the child fell
// is a finding: nothing can be said about it.
func Boxed(ctx context.Context, job Job, limit time.Duration) (*judge.Finding, error) {
	in, err := json.Marshal(job)
	if err != nil {
		return nil, err
	}
	res, err := box.Run(ctx, box.Limits{Time: limit, CPU: limit, Memory: 4 << 30}, TaskName, nil, bytes.NewReader(in))
	if errors.Is(err, box.ErrLimit) {
		f := judge.New("unknown")
		f.File, f.Integrity = job.File, judge.Unknown
		f.Note("%v", err)
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	f := &judge.Finding{}
	if err := json.Unmarshal(res.Output, f); err != nil {
		return nil, err
	}
	if res.Network {
		f.Note("this system let the check run with the network within reach; nothing was asked of it")
	}
	return f, nil
}
