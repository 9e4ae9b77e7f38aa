package evidence_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/evidence"
	"github.com/heed-project/heed/internal/evidence/vault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/record"
)

// TestMain lets the test program be the process that is killed: with
// HEED_TEST_TAKER set it takes files in until it dies, and prints each that was
// acknowledged.
func TestMain(m *testing.M) {
	if dir := os.Getenv("HEED_TEST_TAKER"); dir != "" {
		if err := takeUntilKilled(dir, os.Getenv("HEED_TEST_TAKER_NAME")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashDesk opens the node in a folder, as the parent and the child both do.
func crashDesk(ctx context.Context, dir string) (*db.DB, *record.Record, *evidence.Desk, error) {
	k, err := keys.Unlock(dir, keys.File(filepath.Join(dir, "node.key")))
	if err != nil {
		return nil, nil, nil, err
	}
	d, err := db.Open(ctx, db.Source{Path: filepath.Join(dir, "heed.db"), Key: k.Database()})
	if err != nil {
		return nil, nil, nil, err
	}
	r, err := record.Open(ctx, d, k, record.Options{}, evidence.Module())
	if err != nil {
		return nil, nil, nil, err
	}
	shelf, err := blob.OpenShelf(ctx, blob.Source{URL: filepath.Join(dir, "evidence")})
	if err != nil {
		return nil, nil, nil, err
	}
	return d, r, evidence.New(r, vault.New(shelf, options(k))), nil
}

// content is what is in the file of a name: some small, some of several
// stretches, so that a kill falls into each kind of work.
func content(name string) []byte {
	n := 10 + int(name[len(name)-1])*7
	if strings.HasSuffix(name, "0") {
		n = 1_300_000 / len(name)
	}
	return bytes.Repeat([]byte(name), n)
}

func takeUntilKilled(dir, run string) error {
	ctx := context.Background()
	_, r, desk, err := crashDesk(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for n := 0; ; n++ {
		var in evidence.Intake
		by := record.By{Person: "P-1"}
		if err := r.Do(ctx, by, func(tx *record.Tx) (err error) {
			in, err = desk.Begin(tx, evidence.IntakeInput{Authority: "kill test"})
			return err
		}); err != nil {
			return err
		}
		var sources []evidence.Source
		for i := range 12 {
			name := fmt.Sprintf("%s-%d-%d", run, n, i)
			sources = append(sources, text2source(name, string(content(name))))
		}
		_, refused, err := desk.Take(ctx, by, "Ana", in, sources, func(some []evidence.Taken) {
			var b strings.Builder
			for _, t := range some {
				fmt.Fprintf(&b, "%s %s\n", t.ID, t.Name)
			}
			os.Stdout.WriteString(b.String())
		})
		if err != nil || len(refused) > 0 {
			return fmt.Errorf("%v, %v", refused, err)
		}
		if err := desk.End(ctx, by, in, 0); err != nil {
			return err
		}
	}
}

// killed starts a taker, kills it after a random moment and returns what it
// acknowledged: id and name.
func killed(t *testing.T, dir, name string) map[string]string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HEED_TEST_TAKER="+dir, "HEED_TEST_TAKER_NAME="+name)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acked := map[string]string{}
	s := bufio.NewReader(out)
	for {
		line, err := s.ReadString('\n')
		if err != nil {
			break // a line without its end told nobody anything
		}
		if line == "ready\n" {
			time.AfterFunc(time.Duration(rand.IntN(160_000))*time.Microsecond, func() { cmd.Process.Kill() })
			continue
		}
		id, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		acked[id] = name
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the taker ended by itself: %v", err)
	}
	return acked
}

// whole opens the node again and reads everything that it says it has.
func whole(t *testing.T, dir string, acked map[string]string) (items int) {
	t.Helper()
	d, r, desk, err := crashDesk(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	defer r.Close()
	if _, err := r.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	found, err := desk.Vault().Recover(t.Context())
	if err != nil || len(found.Damaged) > 0 {
		t.Fatalf("the store alone: %v, %v", found.Damaged, err)
	}
	alone := map[string]vault.Listed{}
	for _, m := range found.Manifests {
		for _, i := range m.Items {
			alone[i.ID] = i
		}
	}
	var all []evidence.Item
	err = r.View(t.Context(), func(v *record.View) error {
		for after := int64(0); ; {
			some, err := evidence.List(v, evidence.Filter{After: after, Limit: 1000, Oldest: true})
			if err != nil || len(some) == 0 {
				return err
			}
			all, after = append(all, some...), some[len(some)-1].Entry
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		var b bytes.Buffer
		if err := desk.Copy(t.Context(), &b, i); err != nil {
			t.Fatalf("%s is half there: %v", i.ID, err)
		}
		if !bytes.Equal(b.Bytes(), content(i.Name)) {
			t.Fatalf("%s is not what was given", i.ID)
		}
		if l, ok := alone[i.ID]; !ok || l.Name != i.Name || l.SHA256 != i.SHA256 || l.Place != i.Place {
			t.Fatalf("%s: the store alone says %+v", i.ID, l)
		}
		if name, ok := acked[i.ID]; ok && name != i.Name {
			t.Fatalf("%s is %s, acknowledged as %s", i.ID, i.Name, name)
		}
		delete(acked, i.ID)
	}
	for id := range acked {
		t.Fatalf("%s was acknowledged and is not there", id)
	}
	return len(all)
}

// TestKill kills an intake at random moments. Whatever was acknowledged is
// there and whole, in the record and in the store alone, and nothing is half
// there. $HEED_TEST_KILLS is how often.
func TestKill(t *testing.T) {
	kills := 200
	if s := os.Getenv("HEED_TEST_KILLS"); s != "" {
		kills, _ = strconv.Atoi(s)
	} else if testing.Short() {
		kills = 4
	}
	dir, total, all := "", 0, map[string]string{}
	for i := range kills {
		if i%10 == 0 {
			if dir != "" {
				whole(t, dir, all)
				os.RemoveAll(dir)
			}
			dir, all = t.TempDir(), map[string]string{}
			file, err := keys.NewFile(filepath.Join(dir, "node.key"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := keys.Create(dir, "heed.example/crash", file); err != nil {
				t.Fatal(err)
			}
		}
		acked := killed(t, dir, fmt.Sprintf("k%d", i))
		total += len(acked)
		for id, name := range acked {
			all[id] = name
		}
	}
	whole(t, dir, all)
	if total == 0 {
		t.Fatal("nothing was ever acknowledged: nothing was tested")
	}
	t.Logf("%d kills, %d acknowledged items, none missing", kills, total)
}
