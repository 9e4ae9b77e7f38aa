package post

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/heed-project/heed/internal/fault"
)

// Ask posts a body to an address and returns the answer, which has at most so
// many bytes. It follows no redirect: what is asked is asked of nobody else.
func Ask(ctx context.Context, url, contentType string, body []byte, most int64) ([]byte, error) {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, fault.Invalid("url", "%w", err)
	}
	req.Header.Set("Content-Type", contentType)
	return ask(ctx, req, most)
}

// Fetch is Ask without a body, in the form that is accepted. What is not there is a
// fault of kind NotFound.
func Fetch(ctx context.Context, url, accept string, most int64) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, fault.Invalid("url", "%w", err)
	}
	req.Header.Set("Accept", accept)
	return ask(ctx, req, most)
}

func ask(ctx context.Context, req *http.Request, most int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	url := req.URL.String()
	req.Header.Set("User-Agent", "heed")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", url, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask %s: %w", url, err)
	case res.StatusCode == http.StatusNotFound && req.Method == http.MethodGet:
		return nil, fault.NotFound("%s has nothing there", url)
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("ask %s: it answered %s", url, res.Status)
	case int64(len(answer)) > most:
		return nil, fmt.Errorf("ask %s: the answer has more than %d bytes", url, most)
	}
	return answer, nil
}
