package share_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/share"
	"github.com/heed-project/heed/internal/testkit"
	"github.com/heed-project/heed/ledger"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// strangers builds the programs of others that check ours, and returns their
// folder.
func strangers(t *testing.T) string {
	if testing.Short() {
		t.Skip("the strangers take a minute to build for the first time")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-C", filepath.Join(testkit.Root(t), "tools", "strangers"), "-o", bin+"/",
		"./fsck", "./client", "./witness", "filippo.io/torchwood/cmd/litewitness")
	if out, err := build.CombinedOutput(); err != nil {
		t.Logf("%s", out)
		testkit.Missing(t, "what tools/strangers is built of")
	}
	return bin
}

// startWitness runs litewitness over a folder until the returned function is
// called.
func startWitness(t *testing.T, bin, dir, logKey string) (url, key string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "witness"), "--dir", dir, "--log", logKey)
	cmd.WaitDelay = 10 * time.Second
	stdin, err := cmd.StdinPipe() // its end ends the witness; were it killed, litewitness would live on
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		what, value, _ := strings.Cut(lines.Text(), " ")
		if what == "key" {
			return url, value
		}
		url = value
	}
	t.Fatalf("the witness does not start: %s", complaint.String())
	return "", ""
}

// checker runs the strangers' checks on a node as it is served.
func (n *node) checker(t *testing.T, bin string) func(name string) error {
	return func(name string) error {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		out, err := exec.CommandContext(ctx, filepath.Join(bin, name), "--url", n.web.URL+"/log/", "--key", n.LogKey()).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %.300s", err, out)
		}
		return err
	}
}

// database opens the database of a stopped node, as whoever holds its keys can.
func (n *node) database(t *testing.T, f func(tx *db.Tx, k *keys.Keys) error) {
	t.Helper()
	k, err := keys.Unlock(n.conf.Dir, keys.File(n.conf.Dir+".key"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(context.Background(), db.Source{Path: filepath.Join(n.conf.Dir, "heed.db"), Key: k.Database()})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Update(context.Background(), func(tx *db.Tx) error { return f(tx, k) }); err != nil {
		t.Fatal(err)
	}
}

func leafOf(tx *db.Tx, index int64) ([]byte, error) {
	return db.One(tx, db.Bytes, `SELECT leaf FROM entry WHERE idx = ?`, index)
}

// flip changes one bit of a leaf behind the record's back.
func (n *node) flip(t *testing.T, index int64) {
	n.database(t, func(tx *db.Tx, _ *keys.Keys) error {
		leaf, err := leafOf(tx, index)
		if err != nil {
			return err
		}
		leaf[len(leaf)/2] ^= 1
		_, err = tx.Exec(`UPDATE entry SET leaf = ? WHERE idx = ?`, leaf, index)
		return err
	})
}

// rewrite tells another history: an entry's time is changed, the entry signed
// again, the whole log hashed again and its checkpoint signed, all with the
// node's own keys. Nothing that the node holds contradicts it afterwards.
func (n *node) rewrite(t *testing.T, index int64) {
	n.database(t, func(tx *db.Tx, k *keys.Keys) error {
		leaf, err := leafOf(tx, index)
		if err != nil {
			return err
		}
		line := leaf[:bytes.IndexByte(leaf, '\n')+1]
		at := bytes.Index(line, []byte(`"time":"`)) + len(`"time":"2026-11-22T12:00:00.12345`)
		line[at] = '0' + (line[at]-'0'+1)%10
		sig, err := k.Entry().Sign(append([]byte("heed-entry/v1\n"), line...))
		if err != nil {
			return err
		}
		raw := append(binary.BigEndian.AppendUint32(nil, k.Entry().KeyHash()), sig...)
		leaf = append(line[:len(line):len(line)], "— "+k.Entry().Name()+" "+base64.StdEncoding.EncodeToString(raw)+"\n"...)
		if _, err := tx.Exec(`UPDATE entry SET leaf = ? WHERE idx = ?`, leaf, index); err != nil {
			return err
		}
		leaves, err := db.All(tx, db.Bytes, `SELECT leaf FROM entry ORDER BY idx`)
		if err != nil {
			return err
		}
		b, err := ledger.Extend(ledger.Head{}, leaves, k.Origin(), k.Log())
		if err != nil {
			return err
		}
		for i, h := range b.Hashes {
			if _, err := tx.Exec(`UPDATE entry SET hash = ? WHERE idx = ?`, h[:], i); err != nil {
				return err
			}
		}
		for _, tile := range b.Tiles {
			if _, err := tx.Exec(`UPDATE tile SET hash = ? WHERE level = ? AND n = ?`, tile.Hash[:], int64(tile.Level), tile.N); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`DELETE FROM cosigned`); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE head SET edge = ?, checkpoint = ? WHERE one = 1`, ledger.EdgeBytes(b.Head.Edge), b.Head.Checkpoint)
		return err
	})
}

// TestStrangers shows a node to programs that share nothing with it: after
// appends all agree; after one flipped bit they must not; after the history
// was rewritten and signed again with the real keys, fsck agrees, as it must,
// the witness refuses, and the node says so.
func TestStrangers(t *testing.T) {
	bin := strangers(t)
	n := newNode(t, "Ministry", true)
	check := n.checker(t, bin)
	url, key := startWitness(t, bin, t.TempDir(), n.LogKey())
	if err := n.AddWitness(t.Context(), n.who, url, key); err != nil {
		t.Fatal(err)
	}
	courier := share.NewCourier(n.Heed, slog.New(slog.DiscardHandler))
	for _, more := range []int{1, 250, 300} {
		n.grow(t, more)
		round(t, courier)
		for _, name := range []string{"fsck", "client"} {
			if err := check(name); err != nil {
				t.Fatalf("%s disagrees with an honest log: %v", name, err)
			}
		}
		if w := n.witness(t); w.State != heed.WitnessOK || w.Size != n.size(t) {
			t.Fatalf("the witness is %+v, the log has %d", w, n.size(t))
		}
	}

	n.stop(t)
	n.flip(t, 123)
	n.again(t)
	if err := check("fsck"); err == nil {
		t.Error("fsck agrees with a leaf of which one bit is another")
	}
	n.stop(t)
	n.flip(t, 123)
	n.again(t)
	if err := check("fsck"); err != nil {
		t.Fatal("the bit was flipped back, and fsck disagrees:", err)
	}

	n.stop(t)
	n.rewrite(t, 100)
	n.again(t)
	size := n.size(t)
	if err := check("fsck"); err != nil {
		t.Errorf("fsck disagrees with a history that is consistent in itself: %v", err)
	}
	round(t, share.NewCourier(n.Heed, slog.New(slog.DiscardHandler)))
	n.wantRefused(t, size)

	// The rewritten history goes on; the witness goes on refusing, and the
	// node says it once.
	courier = share.NewCourier(n.Heed, slog.New(slog.DiscardHandler))
	n.grow(t, 4)
	round(t, courier)
	n.wantRefused(t, size)

	n.stop(t)
	n.rewrite(t, 100) // not the same: the time moves on by another microsecond
	for range 8 {
		n.rewrite(t, 100)
	}
	n.again(t)
	round(t, share.NewCourier(n.Heed, slog.New(slog.DiscardHandler)))
	if w := n.witness(t); w.State != heed.WitnessOK {
		t.Errorf("the history that the witness knows is told again, and it is %+v", w)
	}
}

// wantRefused requires that the node knows that its witness refused, and that
// there is one entry about it.
func (n *node) wantRefused(t *testing.T, size int64) {
	t.Helper()
	w := n.witness(t)
	if w.State != heed.WitnessRefused {
		t.Fatalf("the witness saw another history, and is %+v", w)
	}
	found := 0
	n.database(t, func(tx *db.Tx, _ *keys.Keys) (err error) {
		leaves, err := db.All(tx, db.Bytes, `SELECT leaf FROM entry WHERE idx >= ?`, size)
		for _, l := range leaves {
			if bytes.Contains(l, []byte(`"kind":"witness.refused"`)) {
				found++
			}
		}
		return err
	})
	if found != 1 {
		t.Errorf("%d entries say that the witness refused", found)
	}
}
