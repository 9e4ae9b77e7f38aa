package cli

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/heed-project/heed/internal/bundle/tella"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/heed"
)

type evidenceReceiveCmd struct {
	Authority string   `help:"Under what authority it is taken; it may be provisional." placeholder:"TEXT"`
	Marking   string   `help:"TLP 2.0 (default: AMBER+STRICT)." placeholder:"M"`
	Note      string   `help:"How it came."`
	Link      []string `help:"What it belongs to, as kind:id." placeholder:"KIND:ID"`
	Addr      string   `help:"Where to listen." default:":53317" placeholder:"HOST:PORT"`
	Show      string   `help:"The address that the phone is told." placeholder:"IP"`
}

// Run receives files from phones that run Tella, over the same network, until it
// is stopped. What a phone sends is taken in as it comes; a file that is not the one
// that was announced is not.
func (c *evidenceReceiveCmd) Run(r *run) error {
	if c.Authority == "" {
		return usage("say under what --authority this is taken in; it may be provisional")
	}
	links, err := parseLinks(c.Link)
	if err != nil {
		return err
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	in, err := n.BeginEvidence(r.ctx, who, heed.EvidenceInput{Authority: c.Authority, Marking: c.Marking, Note: c.Note, Via: "peer", Links: links})
	if err != nil {
		return err
	}
	came := heed.EvidenceTaken{Intake: in.ID}
	err = c.receive(r, n, who, &came, listener)
	r.ctx = context.WithoutCancel(r.ctx) // it was stopped: what came is still to be finished
	err = errors.Join(err, n.EndIntake(r.ctx, who, in.ID))
	r.judgeTaken(n, who, came)
	return err
}

// receive shows what the phone needs, serves it, and tells what came.
func (c *evidenceReceiveCmd) receive(r *run, n *heed.Node, who heed.Who, came *heed.EvidenceTaken, listener net.Listener) error {
	pin, err := tella.NewPIN()
	if err != nil {
		return err
	}
	cert, digest, err := tella.Certificate(r.now())
	if err != nil {
		return err
	}
	var one sync.Mutex // one file at a time: the order of an intake is that in which files came
	peer, err := tella.NewPeer(pin, tella.Desk{
		Accept: func(context.Context, tella.Offer) error { return nil },
		Receive: func(ctx context.Context, o tella.Offer, f tella.File, body io.Reader) error {
			one.Lock()
			defer one.Unlock()
			out, err := n.TakeEvidence(ctx, who, came.Intake, []evidence.Source{{Name: f.Name, Path: "tella/" + f.ID + "/" + f.Name, Type: f.Type, Size: f.Size, Note: o.Title,
				Open: func() (io.ReadCloser, error) { return io.NopCloser(body), nil }}}, false, nil)
			if err == nil && len(out.Refused) > 0 {
				err = errors.New(out.Refused[0].Error)
			} else if err == nil && len(out.Items) == 0 {
				err = fmt.Errorf("%s was taken in before", f.Name)
			}
			came.Items = append(came.Items, out.Items...)
			for _, i := range out.Items {
				fmt.Fprintf(r.err, "%s %s %d bytes %s\n", i.ID, i.SHA256, i.Bytes, i.Name)
			}
			return err
		},
		Now: db.Now,
	})
	if err != nil {
		return err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := r.print(struct {
		Intake      string `json:"intake"`
		Port        int    `json:"port"`
		PIN         string `json:"pin"`
		Certificate string `json:"certificate_hash"`
		Code        string `json:"code"`
	}{came.Intake, port, pin, hex.EncodeToString(digest[:]), tella.Code(c.Show, port, digest, pin)}, func(w io.Writer) {
		fmt.Fprintf(w, "In Tella: nearby sharing, send, connect by hand.\n  address  %s\n  port     %d\n  PIN      %s\nGo on only if the phone shows\n  %s\nWhat comes is taken in as %s. Stop with Ctrl-C.\n", c.Show, port, pin, tella.Sequence(digest), came.Intake)
	}); err != nil {
		return err
	}
	server := &http.Server{Handler: peer.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}}
	stop := context.AfterFunc(r.ctx, func() { server.Close() })
	defer stop()
	err = server.ServeTLS(listener, "", "")
	one.Lock() // for good: what is on its way is waited for, and nothing more is taken
	if !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
