package main

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// TestHeedVerify builds the program and runs it as a court would.
func TestHeedVerify(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "heed-verify")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	good := "../../custody/testdata/pack.zip"
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	bad := filepath.Join(t.TempDir(), "bad.zip")
	if err := os.WriteFile(bad, b, 0o666); err != nil {
		t.Fatal(err)
	}
	evidence := "../../custody/bundle/testdata/bundle.tar"
	if b, err = os.ReadFile(evidence); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.tar")
	if err := os.WriteFile(cut, b[:len(b)-600], 0o666); err != nil {
		t.Fatal(err)
	}
	const (
		key     = "example.org/log+8f13f9e4+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
		other   = "example.org/log/entries+fb78d7d9+AYE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU"
		first   = "a.example.org/log+1b40d777+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
		witness = "w1.example.org+6b7d1c55+BGa+fjMsekUzMr2dCn99sFX1xe8aBq2mbZizn7aBDEc6"
	)
	_, stranger, err := note.GenerateKey(rand.Reader, "a.example.org/log")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string // in the output that fits the status
	}{
		{[]string{good}, 0, "verified\nEXERCISE"},
		{[]string{"--key", key, "--witness", witness, "--entries", good}, 0, "4 2026-03-01T13:30:00.000000Z decision.made by P-1 about DEC-1 W-1\n"},
		{[]string{"--key", other, good}, 1, "error: key: the pack is of a log with the key"},
		{[]string{"--witness", other, good}, 1, "error: checkpoint: it is not cosigned by the witness"},
		{[]string{bad}, 1, "error: "},
		{[]string{evidence}, 0, "verified\nEXERCISE"},
		{[]string{"--entries", "--key", "b.example.org/log+f64cf3e8+AdVCB9oZSXfc9Grb/sK8LnW1LVqKQhhP7f3AACTw4+ja", evidence}, 0, "a.example.org/log as E-1 (3), b.example.org/log as E-101 (2)\n"},
		{[]string{"--key", other, evidence}, 1, "error: log 0: key: it is of a log with the key"},
		{[]string{evidence}, 0, "before it   " + first + " (key brought by the bundle)\n"},
		{[]string{"--custodian", first, evidence}, 0, "before it   " + first + " (key you gave)\n"},
		{[]string{"--custodian", first, "--custodian", "b.example.org/log+f64cf3e8+AdVCB9oZSXfc9Grb/sK8LnW1LVqKQhhP7f3AACTw4+ja", evidence}, 0, "ja (the one you gave)\n"},
		{[]string{"--custodian", stranger, evidence}, 1, "error: log 1: key: it is of a log with the key " + first},
		{[]string{"--custodian", key, evidence}, 1, "error: the log of example.org/log, whose key you gave, is not in the bundle"},
		{[]string{"--custodian", "abc", evidence}, 1, "error: key of a custodian: "},
		{[]string{"--custodian", key, good}, 1, "this is no bundle of evidence"},
		{[]string{cut}, 1, "error: the file is "},
		{[]string{filepath.Dir(good)}, 1, "error: read the pack"},
		{[]string{"no-such-file"}, 1, "error: read the pack"},
		{[]string{}, 2, "hint: heed-verify"},
		{[]string{"--nothing", good}, 2, "nothing"},
	} {
		cmd := exec.Command(bin, c.args...)
		var out, complaint strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &complaint
		cmd.Run() // the status tells
		got := out.String()
		if c.status > 0 {
			if got != "" {
				t.Errorf("%v: prints %q although it fails", c.args, got)
			}
			got = complaint.String()
		}
		if cmd.ProcessState.ExitCode() != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%v: status %d, must be %d; %q must hold %q", c.args, cmd.ProcessState.ExitCode(), c.status, got, c.want)
		}
		if c.status == 1 && strings.Count(got, "\n") != 1 {
			t.Errorf("%v: the error takes more than a line: %q", c.args, got)
		}
	}
}
