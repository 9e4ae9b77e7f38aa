package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/heed-project/heed/internal/cli"
	"github.com/heed-project/heed/internal/testkit"
)

// TestReceive: a phone compares the certificate, registers, sends two files, of
// which one was damaged on the way, and the whole one is in the library.
func TestReceive(t *testing.T) {
	testkit.Slow(t)
	dir := filepath.Join(t.TempDir(), "node")
	do := func(ctx context.Context, out io.Writer, args ...string) int {
		var errs bytes.Buffer
		code := cli.Run(ctx, append(args, "--dir", dir, "--json"), out, &errs, nil)
		t.Log(args[:2], code, errs.String())
		return code
	}
	if code := do(context.Background(), io.Discard, "init", "--agency", "Commission", "--admin", "Ana Lima"); code != 0 {
		t.Fatal(code)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- do(ctx, w, "evidence", "receive", "--authority", "order 7", "--addr", "127.0.0.1:0")
		w.Close()
	}()
	var told struct {
		Port        int
		PIN         string
		Certificate string `json:"certificate_hash"`
	}
	if err := json.NewDecoder(bufio.NewReader(r)).Decode(&told); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, r)
	phone := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
		if sum := sha256.Sum256(s.PeerCertificates[0].Raw); hex.EncodeToString(sum[:]) != told.Certificate {
			return fmt.Errorf("another certificate")
		}
		return nil
	}}}}
	ask := func(method, path, body string) (int, map[string]any) {
		req, _ := http.NewRequest(method, fmt.Sprintf("https://127.0.0.1:%d/api/v1/%s", told.Port, path), strings.NewReader(body))
		res, err := phone.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		out := map[string]any{}
		json.NewDecoder(res.Body).Decode(&out)
		return res.StatusCode, out
	}
	_, out := ask("POST", "register", `{"pin":"`+told.PIN+`","nonce":"n"}`)
	session, _ := out["sessionId"].(string)
	sum := sha256.Sum256([]byte("one"))
	file := func(id string) string {
		return fmt.Sprintf(`{"id":%q,"fileName":"%s.jpg","size":3,"fileType":"image/jpeg","sha256":"%x"}`, id, id, sum)
	}
	_, out = ask("POST", "prepare-upload", `{"title":"x","sessionId":"`+session+`","files":[`+file("a")+`,`+file("b")+`]}`)
	for i, text := range []string{"one", "onE"} {
		f := out["files"].([]any)[i].(map[string]any)
		code, _ := ask("PUT", fmt.Sprintf("upload?sessionId=%s&fileId=%s&transmissionId=%s", session, f["id"], f["transmissionId"]), text)
		if (code == 200) != (i == 0) {
			t.Errorf("%s: %d", text, code)
		}
	}
	ask("POST", "close-connection", `{"sessionId":"`+session+`"}`)
	stop()
	if code := <-done; code != 0 {
		t.Error("receive:", code)
	}
	var list bytes.Buffer
	if code := do(context.Background(), &list, "evidence", "list"); code != 0 || strings.Count(list.String(), `"sha256"`) != 1 || !strings.Contains(list.String(), hex.EncodeToString(sum[:])) {
		t.Error(code, list.String())
	}
}
