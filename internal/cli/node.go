package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/obs"
)

type initCmd struct {
	Agency   string   `required:"" help:"The agency's name." placeholder:"NAME"`
	Admin    string   `required:"" help:"The administrator's name." placeholder:"NAME"`
	Kind     string   `help:"What the agency is: ministry, un-office, regional-body, mechanism, civil-society …" default:"ministry"`
	Country  string   `help:"The agency's country, as ISO3." placeholder:"ISO3"`
	Email    string   `help:"The administrator's e-mail address."`
	Protocol []string `help:"Shipped protocols to adopt (default: national-focal-point)." placeholder:"NAME"`
	Exercise bool     `help:"Mark everything on this node as an exercise, for ever."`
}

func (c *initCmd) Run(r *run) error {
	more := map[string]string{}
	if c.Exercise {
		more["exercise"] = "true"
	}
	conf, err := r.settings(more)
	if err != nil {
		return err
	}
	o := opening(conf)
	o.FoundedAt = r.g.At
	if r.node, err = heed.MakeNode(r.ctx, conf, c.Agency, o); err != nil {
		return err
	}
	id, link, err := r.node.SetUp(r.ctx, heed.Who{Via: "cli", At: r.g.At}, heed.SetupInput{Agency: c.Agency, Kind: c.Kind, Country: c.Country,
		Admin: c.Admin, Email: c.Email, Protocols: c.Protocol})
	if err != nil {
		return err
	}
	out := struct {
		Agency string `json:"agency"`
		Admin  string `json:"admin"`
		Link   string `json:"link"`
		Key    string `json:"key_file,omitempty"`
		Log    string `json:"log_key"`
	}{c.Agency, c.Admin, link, heed.KeyFile(conf), r.node.LogKey()}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "Made a node for %s in %s. %s is its administrator (%s).\n\n", c.Agency, conf.Dir, c.Admin, id)
		if out.Key != "" {
			fmt.Fprintf(w, "The key is in %s. Copy it to a safe place now: without it the node cannot be read.\n", out.Key)
		}
		fmt.Fprintf(w, "Publish the log key, so that others can check you:\n  %s\n\n", out.Log)
		fmt.Fprintf(w, "Next: heed serve --dir %s, then sign in once within the hour at\n  %s\n", conf.Dir, link)
	})
}

type serveCmd struct {
	Addr string `help:"The address to listen on." placeholder:"HOST:PORT"`
}

func (c *serveCmd) Run(r *run) error {
	conf, err := r.settings(map[string]string{"addr": c.Addr})
	if err != nil {
		return err
	}
	if r.node, err = heed.OpenNode(r.ctx, conf, opening(conf)); err != nil {
		return err
	}
	l, err := net.Listen("tcp", conf.Addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(r.out, "%s is served at %s\n", r.node.Origin(), conf.URL)
	return r.serve(l)
}

// serve serves the node until the context ends, and ticks its clock.
func (r *run) serve(l net.Listener) error {
	conf := r.node.Conf
	log := obs.NewLog(r.err, conf.Diagnostics.Format, level(conf.Diagnostics.Level))
	metrics := obs.NewMetrics()
	handler, err := r.faces(r.ctx, r.node, log, metrics)
	if err != nil {
		l.Close()
		return err
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	go r.tick(log)
	go r.keepEvidence(log)
	stopped := make(chan error, 1)
	go func() {
		<-r.ctx.Done()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		stopped <- s.Shutdown(ctx)
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

func level(name string) slog.Level {
	var l slog.Level
	if l.UnmarshalText([]byte(name)) != nil {
		return slog.LevelInfo
	}
	return l
}

// tick writes down what has fallen due, every few seconds. A tick that is
// missed loses nothing: the next one finds what is due.
func (r *run) tick(log *slog.Logger) {
	t := time.NewTicker(2 * time.Second)
	defer t.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-t.C:
			if _, err := r.node.Tick(r.ctx, time.Time{}); err != nil && r.ctx.Err() == nil {
				log.Error("tick", "error", err)
			}
		}
	}
}

type tickCmd struct{}

func (c *tickCmd) Run(r *run) error {
	n, _, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.Tick(r.ctx, r.g.At)
	if err != nil {
		return err
	}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d duties lapsed, %d rungs were reached, %d warnings expired.\n", out.Lapsed, out.Escalated, out.Expired)
	})
}

type configCmd struct{}

func (c *configCmd) Run(r *run) error {
	conf, err := r.settings(nil)
	if err != nil {
		return err
	}
	if r.g.JSON {
		return r.print(conf.Settings(), nil)
	}
	return conf.Explain(r.out)
}

type rebuildCmd struct {
	Check bool `help:"Compare only, change nothing. (There is no other way: a rebuild never changes the node.)"`
}

func (c *rebuildCmd) Run(r *run) error {
	if !c.Check {
		return usage("heed rebuild --check replays the record and compares; say --check")
	}
	n, who, err := r.open()
	if err != nil {
		return err
	}
	out, err := n.Rebuild(r.ctx, who, nil)
	if err != nil {
		return err
	}
	err = r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d entries replayed into %d tables: ", out.Entries, out.Tables)
		if out.Identical {
			fmt.Fprintln(w, "identical, byte for byte.")
		}
		for _, d := range out.Differ {
			fmt.Fprintf(w, "\n  %s differs: %d rows in the node, %d by the entries", d.Table, d.Rows, d.Replayed)
		}
		if !out.Identical {
			fmt.Fprintln(w)
		}
	})
	if err == nil && !out.Identical {
		err = fmt.Errorf("%d tables are not what the entries say: something was changed behind the record's back", len(out.Differ))
	}
	return err
}

type keysCmd struct {
	Rewrap rewrapCmd `cmd:"" help:"Have the node unlocked by something else from now on."`
}

type rewrapCmd struct {
	ToFile       string `help:"A new key file to make." placeholder:"FILE" xor:"to"`
	ToPassphrase string `help:"A file that holds a passphrase." placeholder:"FILE" xor:"to"`
	ToPlugin     string `help:"An age plugin identity (a hardware token)." placeholder:"AGE-PLUGIN-…" xor:"to"`
}

func (c *rewrapCmd) Run(r *run) error {
	conf, err := r.settings(nil)
	if err != nil {
		return err
	}
	from, err := heed.KeySource(conf)
	if err != nil {
		return err
	}
	var to keys.Source
	switch {
	case c.ToFile != "":
		path, err := filepath.Abs(c.ToFile)
		if err != nil {
			return err
		}
		if to, err = keys.NewFile(path); err != nil {
			return err
		}
	case c.ToPassphrase != "":
		if to, err = heed.PassphraseSource(c.ToPassphrase); err != nil {
			return err
		}
	case c.ToPlugin != "":
		to = keys.Plugin(c.ToPlugin)
	default:
		return usage("say what is to unlock the node: --to-file, --to-passphrase or --to-plugin")
	}
	if err := keys.Rewrap(conf.Dir, from, to); err != nil {
		return err
	}
	fmt.Fprintln(r.out, "Done. Destroy the old key and old copies of node.age: together they still open the node.")
	return nil
}

type versionCmd struct{}

func (c *versionCmd) Run(r *run) error {
	v := Version()
	return r.print(map[string]string{"version": v}, func(w io.Writer) { fmt.Fprintln(w, "heed", v) })
}

// Version returns the version that the build was made from.
func Version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "(devel)"
}
