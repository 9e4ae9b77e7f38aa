package keys

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"filippo.io/age/plugin"
	"github.com/heed-project/heed/internal/fault"
)

// A Source unlocks node.age. Unlocking may take a second, or ask for a touch of
// a token; it happens once, at start. A Source is used by one goroutine and is
// trusted not to keep or show what passes through it.
type Source interface {
	// Identities returns what can decrypt.
	Identities() ([]age.Identity, error)
	// Recipients returns what to encrypt to, so that Identities can decrypt.
	Recipients() ([]age.Recipient, error)
}

// FileName is the name of the file of secrets in a node's folder.
const FileName = "node.age"

// maxFile bounds what is read of a file of secrets or identities.
const maxFile = 1 << 20

// Create makes the secrets of a new node, encrypts them to source and writes
// them to the folder. It fails with a fault of kind Exists if they are there.
func Create(dir, origin string, source Source) (*Keys, error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err == nil {
		return nil, fault.Exists("%s holds a node already", dir)
	}
	s, err := generate(origin)
	if err != nil {
		return nil, fmt.Errorf("make keys for %q: %w", origin, err)
	}
	if err := write(path, s, source); err != nil {
		return nil, err
	}
	return open(s)
}

// Rewrap encrypts a node's secrets to another source, in place. The old source
// opens old copies of the file for ever; nothing else of it remains.
func Rewrap(dir string, from, to Source) error {
	k, err := Unlock(dir, from)
	if err != nil {
		return err
	}
	return write(filepath.Join(dir, FileName), k.s, to)
}

func write(path string, s secrets, source Source) error {
	to, err := source.Recipients()
	if err != nil {
		return err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to...)
	if err != nil {
		return fmt.Errorf("encrypt %s: %w", path, err)
	}
	if err := json.NewEncoder(w).Encode(s); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return replace(path, sealed.Bytes())
}

// replace writes a file so that either the old or the new one is there.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".node-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Unlock reads a node's secrets.
func Unlock(dir string, source Source) (*Keys, error) {
	path := filepath.Join(dir, FileName)
	sealed, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, fault.WithHint(fault.NotFound("%s holds no node", dir), "make one with: heed init --dir "+dir+" --agency NAME --admin NAME")
	}
	if err != nil {
		return nil, err
	}
	ids, err := source.Identities()
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), ids...)
	if err != nil {
		if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
			return nil, fault.Denied("what was given does not unlock %s", path)
		}
		return nil, fmt.Errorf("unlock %s: the file is damaged", path)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxFile))
	if err != nil {
		return nil, fmt.Errorf("unlock %s: the file is damaged", path)
	}
	var s secrets
	if err := json.Unmarshal(plain, &s); err != nil {
		return nil, fmt.Errorf("unlock %s: the file is damaged", path)
	}
	return open(s)
}

// seedOf returns the Ed25519 seed of a note private key.
func seedOf(private string) ([]byte, error) {
	// the last part is base64 and may hold a '+' itself
	parts := strings.SplitN(private, "+", 5)
	if len(parts) != 5 {
		return nil, errors.New("a signing key in node.age cannot be read")
	}
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(raw) != 33 {
		return nil, errors.New("a signing key in node.age cannot be read")
	}
	return raw[1:], nil
}

// Passphrase unlocks with a passphrase, hardened by scrypt.
type Passphrase string

// String keeps the passphrase out of every print.
func (Passphrase) String() string { return "[redacted]" }

// Identities implements Source.
func (p Passphrase) Identities() ([]age.Identity, error) {
	id, err := age.NewScryptIdentity(string(p))
	if err != nil {
		return nil, fault.Invalid("passphrase", "the passphrase is empty")
	}
	return []age.Identity{id}, nil
}

// Recipients implements Source.
func (p Passphrase) Recipients() ([]age.Recipient, error) {
	if len(p) < 12 {
		return nil, fault.Invalid("passphrase", "the passphrase has %d characters, must have 12 or more", len(p))
	}
	r, err := age.NewScryptRecipient(string(p))
	if err != nil {
		return nil, err
	}
	return []age.Recipient{r}, nil
}

// A File is the path of an age identity file: AGE-SECRET-KEY lines, or the
// AGE-PLUGIN line of a hardware token, whose plugin program must be installed.
type File string

// NewFile makes a file with a fresh hybrid post-quantum identity.
func NewFile(path string) (File, error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err == nil {
		return "", fault.Exists("the key file %s is there already", path)
	}
	text := "# Unlocks a Heed node. Keep a copy in a safe place: without it the node cannot be read.\n" +
		"# public key: " + id.Recipient().String() + "\n" + id.String() + "\n"
	return File(path), replace(path, []byte(text))
}

func (f File) lines() ([]string, error) {
	b, err := os.ReadFile(string(f))
	if os.IsNotExist(err) {
		return nil, fault.WithHint(fault.NotFound("the key file %s is not there", string(f)),
			"the node's key is kept apart from its folder; bring the file back, or name it with HEED_KEYS_FILE=PATH")
	}
	if err != nil {
		return nil, err
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	if len(b) > maxFile || len(out) == 0 {
		return nil, fault.Invalid("keys", "%s holds no age identity", string(f))
	}
	return out, nil
}

// Identities implements Source.
func (f File) Identities() ([]age.Identity, error) {
	lines, err := f.lines()
	if err != nil {
		return nil, err
	}
	var ids []age.Identity
	for n, l := range lines {
		id, err := identity(l)
		if err != nil {
			return nil, fault.Invalid("keys", "%s: identity %d is not one that age knows", string(f), n+1)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// Recipients implements Source.
func (f File) Recipients() ([]age.Recipient, error) {
	ids, err := f.Identities()
	if err != nil {
		return nil, err
	}
	var to []age.Recipient
	for _, id := range ids {
		switch id := id.(type) {
		case *age.HybridIdentity:
			to = append(to, id.Recipient())
		case *age.X25519Identity:
			to = append(to, id.Recipient())
		case *plugin.Identity:
			to = append(to, id.Recipient())
		}
	}
	return to, nil
}

func identity(line string) (age.Identity, error) {
	switch {
	case strings.HasPrefix(line, "AGE-PLUGIN-"):
		return plugin.NewIdentity(line, &plugin.ClientUI{
			DisplayMessage: func(name, message string) error { fmt.Fprintf(os.Stderr, "%s: %s\n", name, message); return nil },
			RequestValue: func(name, _ string, _ bool) (string, error) {
				return "", fmt.Errorf("%s asks for a value, and nobody is here to give it", name)
			},
			Confirm: func(name, _, _, _ string) (bool, error) {
				return false, fmt.Errorf("%s asks a question, and nobody is here to answer", name)
			},
			WaitTimer: func(name string) { fmt.Fprintf(os.Stderr, "waiting for %s: touch the token\n", name) },
		})
	case strings.HasPrefix(line, "AGE-SECRET-KEY-PQ-"):
		return age.ParseHybridIdentity(line)
	default:
		return age.ParseX25519Identity(line)
	}
}

// A Plugin is the identity of an age plugin (AGE-PLUGIN-…): a hardware token.
// Its program, age-plugin-NAME, must be installed.
type Plugin string

// Identities implements Source.
func (p Plugin) Identities() ([]age.Identity, error) {
	if !strings.HasPrefix(string(p), "AGE-PLUGIN-") {
		return nil, fault.Invalid("keys.plugin", "an age plugin identity begins with AGE-PLUGIN-")
	}
	id, err := identity(string(p))
	if err != nil {
		return nil, fault.Invalid("keys.plugin", "this is not an age plugin identity")
	}
	return []age.Identity{id}, nil
}

// Recipients implements Source.
func (p Plugin) Recipients() ([]age.Recipient, error) {
	ids, err := p.Identities()
	if err != nil {
		return nil, err
	}
	return []age.Recipient{ids[0].(*plugin.Identity).Recipient()}, nil
}
