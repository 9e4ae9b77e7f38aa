package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/heed-project/heed/example"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/keys"
)

// demoCmd plays the exercise. It reads nothing of a real node's settings but
// how to write diagnostics: a rehearsal sends no mail and asks no witness.
type demoCmd struct {
	Addr  string `help:"The address to listen on (default 127.0.0.1:8080, or a free port where that is taken)." placeholder:"HOST:PORT"`
	Speed int    `help:"How many times faster than life the exercise's clock runs, up to 3600." default:"1" placeholder:"N"`
	Seed  int64  `help:"Which exercise: another number is another history." default:"1" hidden:""`
}

// demoAddr is where the exercise is served unless something else is.
const demoAddr = "127.0.0.1:8080"

// Run builds the exercise, or opens one that was built, and serves it.
func (c *demoCmd) Run(r *run) error {
	if c.Speed < 1 || c.Speed > 3600 {
		return usage("--speed is %d, must be 1 to 3600", c.Speed)
	}
	l, err := c.listen()
	if err != nil {
		return err
	}
	defer l.Close()
	link, err := c.open(r, l.Addr().String())
	if err != nil {
		return err
	}
	conf := r.node.Conf
	fmt.Fprintf(r.out, "%s\n%s\n\n", conf.URL, link)
	fmt.Fprintf(r.out, "The first line is the exercise, the second signs you in, once, as the focal point of a ministry.\n")
	fmt.Fprintf(r.out, "With a passkey, made under Settings, you come back without a link.\n")
	fmt.Fprintf(r.out, "Everything in it is invented. It is kept in %s; heed demo --dir %s plays it on.\n", conf.Dir, conf.Dir)
	if c.Speed > 1 {
		fmt.Fprintf(r.out, "Its clock runs %d times faster than yours: an hour there is %s here.\n", c.Speed, (time.Hour / time.Duration(c.Speed)).Round(100*time.Millisecond))
	}
	return r.serve(l)
}

// listen takes the address that was asked for, or else the usual one if it is
// free, or else any.
func (c *demoCmd) listen() (net.Listener, error) {
	if c.Addr != "" {
		return net.Listen("tcp", c.Addr)
	}
	if l, err := net.Listen("tcp", demoAddr); err == nil {
		return l, nil
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// open opens the exercise in the folder, building it first where there is none,
// and returns a link for the focal point.
func (c *demoCmd) open(r *run, addr string) (link string, err error) {
	dir, there, err := demoDir(r.g.Dir)
	if err != nil {
		return "", err
	}
	conf, err := demoSettings(r, dir, addr)
	if err != nil {
		return "", err
	}
	began := db.Now()
	clock := &exerciseClock{base: began, from: began, speed: 1}
	o := opening(conf)
	o.Clock, o.Speed = clock.now, c.Speed
	if c.Speed == 1 {
		o.Speed = 0
	}
	if there {
		r.node, err = heed.OpenNode(r.ctx, conf, o)
	} else {
		fmt.Fprintln(r.err, "Playing two years of the exercise …")
		o.FoundedAt = example.Founded(began)
		r.node, err = heed.MakeNode(r.ctx, conf, example.Agency, o)
	}
	if err != nil {
		return "", err
	}
	if !there {
		if _, err := example.Build(r.ctx, r.node.Heed, example.Options{Seed: c.Seed, Now: began}); err != nil {
			r.node.Close()
			r.node = nil
			return "", errors.Join(err, os.RemoveAll(conf.Dir), os.Remove(heed.KeyFile(conf)))
		}
	}
	if !r.node.Exercise() {
		return "", fault.WithHint(fault.Denied("%s holds a node that is no exercise", dir), "heed serve --dir "+dir+" serves it")
	}
	return c.start(r.ctx, r.node, clock)
}

// start sets the exercise's clock going, from its present on.
func (c *demoCmd) start(ctx context.Context, n *heed.Node, clock *exerciseClock) (link string, err error) {
	who, err := n.Administrator(ctx)
	if err != nil {
		return "", err
	}
	latest, err := n.ListEntries(ctx, who, "", 1)
	if err != nil {
		return "", err
	}
	if len(latest) > 0 {
		clock.start(latest[0].Time, c.Speed)
	}
	return n.ExerciseLink(ctx, who, who.Person, 7*24*time.Hour)
}

// demoDir returns the folder to play in, and whether an exercise is there.
func demoDir(dir string) (path string, there bool, err error) {
	if dir == "" {
		parent, err := os.MkdirTemp("", "heed-demo-")
		return filepath.Join(parent, "node"), false, err
	}
	if _, err := os.Stat(filepath.Join(dir, keys.FileName)); err == nil {
		return dir, true, nil
	}
	in, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return dir, false, nil
	case err != nil:
		return "", false, err
	case len(in) > 0:
		return "", false, fault.WithHint(fault.Exists("%s is not empty and holds no exercise", dir), "name another folder, or none")
	}
	return dir, false, nil
}

// demoSettings are the settings of an exercise: what the command line gives,
// and the defaults. What the surroundings say of a real node is put aside.
func demoSettings(r *run, dir, addr string) (*conf.Config, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	// By the name, not the number: browsers give passkeys to names alone, and take
	// this one for a safe place without a certificate.
	if ip := net.ParseIP(host); ip != nil && (ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
	}
	c, err := r.settings(map[string]string{"dir": dir, "addr": addr, "url": "http://" + net.JoinHostPort(host, port), "exercise": "true"})
	if err != nil {
		return nil, err
	}
	var none conf.Config
	c.DB, c.Blobs, c.S3 = r.g.DB, r.g.Blobs, none.S3
	if c.Blobs == "" {
		c.Blobs = filepath.Join(dir, "blobs")
	}
	c.Keys, c.Log, c.Witnesses = none.Keys, none.Log, nil
	c.Keys.File = r.g.KeysFile
	c.SMTP, c.Webhook, c.OIDC = none.SMTP, none.Webhook, none.OIDC
	return c, nil
}

// exerciseClock tells the time of an exercise. It stands at its beginning's
// pace until it is started, and never runs behind the real clock, by which
// people sign in.
type exerciseClock struct {
	mu         sync.Mutex
	base, from time.Time
	speed      int
}

func (c *exerciseClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Add(db.Now().Sub(c.from) * time.Duration(c.speed))
}

// start has the clock run at a speed from the latest entry or from now on,
// whichever is later.
func (c *exerciseClock) start(latest time.Time, speed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.from = db.Now()
	c.base, c.speed = c.from, speed
	if latest.After(c.base) {
		c.base = latest
	}
}
