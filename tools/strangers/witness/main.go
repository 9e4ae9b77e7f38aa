// Command witness runs torchwood's litewitness over HTTP until it is ended:
// it gives it a key through an agent, enters the logs it is to watch into its
// database, and prints two lines when it answers:
//
//	url http://127.0.0.1:41234/
//	key VKEY
//
// It needs the program litewitness beside it:
//
//	go build -o DIR ./fsck ./client ./witness filippo.io/torchwood/cmd/litewitness
//	DIR/witness --dir STATE --log VKEY [--log VKEY]… [--name NAME] [--addr HOST:PORT]
//
// STATE keeps key and database: a witness started again over it remembers
// what it saw. It ends when its standard input ends, so that a test that dies
// leaves no witness behind.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/mod/sumdb/note"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

type options struct {
	dir, name, addr string
	logs            []string
}

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", "", "folder for key and database")
	flag.StringVar(&o.name, "name", "witness.example.net", "the witness's name")
	flag.StringVar(&o.addr, "addr", "", "address to listen on; a free port if empty")
	flag.Func("log", "the verifier key of a log to watch; may be repeated", func(s string) error {
		o.logs = append(o.logs, s)
		return nil
	})
	flag.Parse()
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := o.run(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func (o options) run(ctx context.Context) error {
	key, err := o.key()
	if err != nil {
		return err
	}
	if err := o.watch(); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	signer, err := torchwood.NewCosignatureSigner(o.name, key)
	if err != nil {
		return err
	}
	socket, fingerprint, err := o.serveAgent(key)
	if err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	defer os.RemoveAll(filepath.Dir(socket))
	if o.addr == "" {
		if o.addr, err = freeAddr(); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(filepath.Dir(self), "litewitness"),
		"-name", o.name, "-db", o.db(), "-ssh-agent", socket, "-key", fingerprint, "-listen", o.addr)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := answers(ctx, "http://"+o.addr+"/"); err != nil {
		return errors.Join(err, cmd.Cancel(), cmd.Wait())
	}
	fmt.Printf("url http://%s/\nkey %s\n", o.addr, signer.Verifier())
	return cmd.Wait()
}

func (o options) db() string { return filepath.Join(o.dir, "litewitness.db") }

// key reads the witness's key, or makes one.
func (o options) key() (ed25519.PrivateKey, error) {
	path := filepath.Join(o.dir, "seed")
	seed, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		seed = make([]byte, ed25519.SeedSize)
		rand.Read(seed)
		err = os.WriteFile(path, seed, 0o600)
	}
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("the key in %s cannot be read: %v", path, err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// watch enters the logs into the witness's database, in the tables that
// litewitness makes.
func (o options) watch() error {
	db, err := sqlite.OpenConn(o.db(), 0)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := sqlitex.ExecScript(db, `
		CREATE TABLE IF NOT EXISTS log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
		CREATE TABLE IF NOT EXISTS key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));`); err != nil {
		return err
	}
	const empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" // SHA-256 of nothing
	for _, l := range o.logs {
		v, err := note.NewVerifier(l)
		if err != nil {
			return err
		}
		if err := sqlitex.Execute(db, `INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?) ON CONFLICT DO NOTHING`, &sqlitex.ExecOptions{Args: []any{v.Name(), empty}}); err != nil {
			return err
		}
		if err := sqlitex.Execute(db, `INSERT INTO key (origin, key) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM key WHERE origin = ?1 AND key = ?2)`, &sqlitex.ExecOptions{Args: []any{v.Name(), l}}); err != nil {
			return err
		}
	}
	return nil
}

// serveAgent offers the key on a socket, as litewitness wants it.
func (o options) serveAgent(key ed25519.PrivateKey) (socket, fingerprint string, err error) {
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		return "", "", err
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return "", "", err
	}
	// Not in o.dir: the path of a socket may have only some hundred bytes.
	dir, err := os.MkdirTemp("", "witness")
	if err != nil {
		return "", "", err
	}
	socket = filepath.Join(dir, "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		return "", "", err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go agent.ServeAgent(ring, c)
		}
	}()
	return socket, ssh.FingerprintSHA256(public), nil
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// answers waits until the witness does.
func answers(ctx context.Context, url string) error {
	for range 200 {
		r, err := http.Get(url)
		if err == nil {
			return r.Body.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("litewitness does not answer")
}
