package post

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// callTimeout is how long a part may be on its way over a slow line.
const callTimeout = 10 * time.Minute

// Trust adds certificates, in PEM, to those by which receivers are known: of
// agencies that have an authority of their own.
func (w *Webhooks) Trust(pem []byte) error {
	t, ok := w.client.Transport.(*http.Transport)
	if !ok {
		return errors.New("trust certificates: there is no line to trust them on")
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return fault.Invalid("handover.ca_file", "there is no certificate in it: it holds blocks that begin with -----BEGIN CERTIFICATE-----")
	}
	t.TLSClientConfig.RootCAs = pool
	return nil
}

// Call asks another node for something and returns the status and at most so many
// bytes of the answer. It goes where a webhook may go, over TLS; it follows no
// redirect, and nothing in the address is secret: who asks is in the header.
func (w *Webhooks) Call(ctx context.Context, method, address string, header map[string]string, body []byte, most int64) (status int, answer []byte, err error) {
	if err := w.Check(address); err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fault.Invalid("url", "%.100q is not an address", address)
	}
	req.Header.Set("User-Agent", "Heed")
	req.Header.Set("Content-Type", "application/octet-stream")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	client := &http.Client{Transport: w.client.Transport, CheckRedirect: w.client.CheckRedirect, Timeout: callTimeout}
	res, err := client.Do(req)
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	if err != nil {
		return 0, nil, fmt.Errorf("ask %s: %w", req.URL.Host, err)
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(res.Body, most+1))
	switch {
	case err != nil:
		return res.StatusCode, nil, fmt.Errorf("ask %s: %w", req.URL.Host, err)
	case int64(len(answer)) > most:
		return res.StatusCode, nil, fmt.Errorf("ask %s: the answer has more than %d bytes", req.URL.Host, most)
	}
	return res.StatusCode, answer, nil
}
