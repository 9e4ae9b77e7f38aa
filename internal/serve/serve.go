// Package serve joins the faces of a node under one address: pages for people,
// the API for programs, OpenRosa for field clients, the log for whoever checks
// it. It also sends the node's couriers out: to the witnesses of the log, and to
// the people for whom something waits.
//
//	os.Exit(cli.Main(os.Args[1:], serve.Faces))
//
// The faces know the node and not each other; this is the one place that knows
// them all. It decides nothing: who may see what is asked in package heed.
package serve

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/api"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/field"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/obs"
	"github.com/heed-project/heed/internal/post"
	"github.com/heed-project/heed/internal/share"
	"github.com/heed-project/heed/internal/web"
)

// Faces makes what a node serves, and runs its couriers until the context ends.
func Faces(ctx context.Context, n *heed.Node, log *slog.Logger, m *obs.Metrics) (http.Handler, error) {
	pages, err := web.New(n.Heed, web.Options{Log: log, Speed: n.Speed})
	if err != nil {
		return nil, err
	}
	mail, hooks, err := channels(n.Conf, n.Now)
	if err != nil {
		return nil, err
	}
	calls, err := n.PeerCalls()
	if err != nil {
		return nil, err
	}
	health := &obs.Health{}
	health.Register("record", n.Reachable)
	mux := http.NewServeMux()
	mux.Handle("/", front(n.Conf, slowed(n.Conf, pages)))
	mux.Handle("/api/", api.New(n.Heed, n.Conf, log))
	mux.Handle("/log/", share.New(n.Heed, n.Conf, log))
	collect := field.New(n.Heed, n.Conf, log)
	for _, path := range field.Paths() {
		mux.Handle(path, collect)
	}
	if n.Conf.Evidence.Tella != "" {
		mux.Handle("/tella/", front(n.Conf, phones(n.Heed, n.Conf)))
	}
	mux.Handle("/handover/", front(n.Conf, strangers(share.Lines(n.Heed, log))))
	mux.Handle("GET /healthz", health.Handler(log))
	if err := diagnose(ctx, n.Conf.Diagnostics.Addr, m, log); err != nil {
		return nil, err
	}
	courier := share.NewCourier(n.Heed, log)
	every(ctx, 2*time.Second, log, "ask the witnesses", courier.Round)
	every(ctx, 5*time.Second, log, "deliver", func(ctx context.Context) error {
		_, err := n.Deliver(ctx, mail, hooks)
		return err
	})
	every(ctx, 10*time.Second, log, "carry hand-overs", func(ctx context.Context) error {
		_, err := n.CarryHandovers(ctx, calls, false)
		_, tidy := n.TidyLines(ctx)
		return errors.Join(err, tidy)
	})
	return obs.Requests(log, m, n.Now, mux), nil
}

// front stands before the pages: it finds out who asks through a proxy that the
// office trusts, and tells browsers to come back over TLS alone where people
// reach the node that way.
func front(c *conf.Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.Secure() {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		if from := forwarded(r, c.Proxy.Trusted); from != "" {
			r = r.Clone(r.Context())
			r.RemoteAddr = from
		}
		next.ServeHTTP(w, r)
	})
}

// forwarded returns the address for which a trusted proxy asks, as it would
// stand in RemoteAddr; "" where no trusted proxy asks. It is the last one that
// no trusted proxy wrote about itself: what stands before it anybody can write.
func forwarded(r *http.Request, trusted []netip.Prefix) string {
	is := func(a netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !is(peer.Addr()) {
		return ""
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return ""
		}
		if !is(a) {
			return netip.AddrPortFrom(a, 0).String()
		}
	}
	return ""
}

// channels are the ways by which people are reached outside the pages.
func channels(c *conf.Config, clock func() time.Time) (post.Mailer, *post.Webhooks, error) {
	hooks, err := post.NewWebhooks("webhook.allow", c.Webhook.Allow, clock)
	if err != nil || c.SMTP.Host == "" {
		return nil, hooks, err
	}
	s := post.SMTP{Host: c.SMTP.Host, Port: c.SMTP.Port, TLS: c.SMTP.TLS, User: c.SMTP.User, From: c.SMTP.From}
	if c.SMTP.PasswordFile != "" {
		p, err := conf.ReadSecret(c.SMTP.PasswordFile)
		if err != nil {
			return nil, nil, err
		}
		s.Password = p
	}
	return s, hooks, nil
}

// every does something again and again until the context ends. What fails is
// logged and tried the next time.
func every(ctx context.Context, pause time.Duration, log *slog.Logger, what string, do func(context.Context) error) {
	go func() {
		t := time.NewTicker(pause)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if err := do(ctx); err != nil && ctx.Err() == nil {
					log.Error(what, "error", err)
				}
			}
		}
	}()
}

// diagnose serves /metrics on an address of its own, if one is set.
func diagnose(ctx context.Context, addr string, m *obs.Metrics, log *slog.Logger) error {
	if addr == "" {
		return nil
	}
	l, err := net.Listen("tcp", strings.TrimSpace(addr))
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		s.Close()
	}()
	go func() {
		if err := s.Serve(l); err != nil && ctx.Err() == nil {
			log.Error("serve metrics", "error", err)
		}
	}()
	return nil
}
