package obs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are a node's figures, in a registry of their own. Labels are to be
// few and fixed: never a name, an address or a reference.
type Metrics struct {
	*prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// NewMetrics returns a registry with the figures of the process and of its
// requests.
func NewMetrics() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewPedanticRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "heed_http_requests_total", Help: "Requests answered, by method, route and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "heed_http_request_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route"}),
	}
	m.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), m.requests, m.seconds)
	return m
}

// Counter registers a counter.
func (m *Metrics) Counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.MustRegister(c)
	return c
}

// Gauge registers a figure that read returns when it is asked for.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	m.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// Handler serves the figures in the form that Prometheus reads.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{Registry: nil})
}

func (m *Metrics) request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// checkTimeout is how long a health check may take before it has failed.
const checkTimeout = 5 * time.Second

// Health knows what a node needs in order to serve. The zero value is ready.
type Health struct {
	mu     sync.Mutex
	checks map[string]func(context.Context) error
}

// Register adds a check under a name that may be shown to anybody. A second
// check of the same name replaces the first.
func (h *Health) Register(name string, check func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.checks == nil {
		h.checks = map[string]func(context.Context) error{}
	}
	h.checks[name] = check
}

// Failing runs all checks at once and returns the errors of those that fail,
// by name.
func (h *Health) Failing(ctx context.Context) map[string]error {
	h.mu.Lock()
	checks := maps.Clone(h.checks)
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	type result struct {
		name string
		err  error
	}
	results := make(chan result, len(checks))
	for name, check := range checks {
		go func() { results <- result{name, safely(ctx, check)} }()
	}
	failing := map[string]error{}
	for name := range checks {
		failing[name] = errors.New("no answer in time")
	}
	for range checks {
		select {
		case r := <-results:
			if failing[r.name] = r.err; r.err == nil {
				delete(failing, r.name)
			}
		case <-ctx.Done():
			return failing
		}
	}
	return failing
}

// safely turns a panic of a check into its failure.
func safely(ctx context.Context, check func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the check panicked: %v", p)
		}
	}()
	return check(ctx)
}

// Handler answers 200, or 503 with the names of the checks that fail; why they
// fail is logged.
func (h *Health) Handler(log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		failing := h.Failing(r.Context())
		answer := struct {
			Status  string   `json:"status"`
			Failing []string `json:"failing"`
		}{"ok", []string{}}
		status := http.StatusOK
		for _, name := range slices.Sorted(maps.Keys(failing)) {
			answer.Status, status = "failing", http.StatusServiceUnavailable
			answer.Failing = append(answer.Failing, name)
			log.ErrorContext(r.Context(), "health check failed", "check", name, "error", failing[name])
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			log.DebugContext(r.Context(), "health not sent", "error", err)
		}
	})
}
