package heed

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/heed-project/heed/internal/blob"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/keys"
	"github.com/heed-project/heed/internal/party/signin"
	"github.com/heed-project/heed/internal/post"
)

// A Node is an open node with the parts that it owns.
type Node struct {
	*Heed
	Conf  *conf.Config
	Speed int // how many times faster than life an exercise runs, 0 for its own time
	db    *db.DB
}

// Close ends the node's work and closes its database.
func (n *Node) Close() error {
	n.Heed.Close()
	return n.db.Close()
}

// Reachable returns nil if the node's record can be read.
func (n *Node) Reachable(ctx context.Context) error {
	return n.db.View(ctx, func(tx *db.Tx) error { _, err := settingOf(tx, "admin"); return err })
}

// Opening says what is special about opening a node.
type Opening struct {
	FoundedAt time.Time
	Clock     func() time.Time
	Speed     int // of the clock, for those who show it
	Judge     Judge
	Read      Read
	Unbundle  Unbundle
	Redact    Redact
	Thumb     Thumb
}

// OpenNode opens the node in the folder that its settings name.
func OpenNode(ctx context.Context, c *conf.Config, o Opening) (*Node, error) {
	source, err := KeySource(c)
	if err != nil {
		return nil, err
	}
	k, err := keys.Unlock(c.Dir, source)
	if err != nil {
		return nil, err
	}
	return open(ctx, c, k, o)
}

// MakeNode makes a new node in the folder that its settings name, and opens it.
// The file that unlocks it is made beside the folder, unless the settings name
// something else.
func MakeNode(ctx context.Context, c *conf.Config, agency string, o Opening) (*Node, error) {
	if strings.TrimSpace(agency) == "" {
		return nil, fault.Invalid("agency", "say whose node this is")
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	if Holds(c) {
		return nil, fault.Exists("%s holds a node already", c.Dir)
	}
	if c.Keys.PassphraseFile == "" && c.Keys.Plugin == "" {
		path := keyFile(c)
		if _, err := os.Stat(path); err == nil && c.Keys.File == "" {
			return nil, fault.WithHint(fault.Exists("the key file %s is there already, and its node is not", path), "move it away, or name another with --keys-file")
		} else if err != nil {
			if _, err := keys.NewFile(path); err != nil {
				return nil, fmt.Errorf("make the key file: %w", err)
			}
		}
	}
	source, err := KeySource(c)
	if err != nil {
		return nil, err
	}
	k, err := keys.Create(c.Dir, origin(c, agency), source)
	if err != nil {
		return nil, err
	}
	return open(ctx, c, k, o)
}

// Holds says whether the folder that the settings name holds a node.
func Holds(c *conf.Config) bool {
	_, err := os.Stat(filepath.Join(c.Dir, keys.FileName))
	return err == nil
}

// KeyFile is the file that unlocks the node, "" where something else does.
func KeyFile(c *conf.Config) string {
	if c.Keys.PassphraseFile != "" || c.Keys.Plugin != "" {
		return ""
	}
	return keyFile(c)
}

func keyFile(c *conf.Config) string {
	if c.Keys.File != "" {
		return c.Keys.File
	}
	return strings.TrimRight(filepath.Clean(c.Dir), "/") + ".key"
}

// KeySource is what unlocks the node, by its settings.
func KeySource(c *conf.Config) (keys.Source, error) {
	switch {
	case c.Keys.PassphraseFile != "":
		p, err := conf.ReadSecret(c.Keys.PassphraseFile)
		return keys.Passphrase(p), err
	case c.Keys.Plugin != "":
		return keys.Plugin(c.Keys.Plugin), nil
	}
	return keys.File(keyFile(c)), nil
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// origin names the log of a new node: for ever, so that two nodes of one name
// differ.
func origin(c *conf.Config, agency string) string {
	if c.Log.Origin != "" {
		return c.Log.Origin
	}
	slug := strings.Trim(notInName.ReplaceAllString(strings.ToLower(agency), "-"), "-")
	if slug == "" {
		slug = "node"
	}
	return "heed.invalid/" + slug[:min(len(slug), 40)] + "/" + strings.ToLower(rand.Text()[:10])
}

func open(ctx context.Context, c *conf.Config, k *keys.Keys, o Opening) (*Node, error) {
	d, err := db.Open(ctx, db.Source{Path: filepath.Join(c.Dir, "heed.db"), Key: k.Database(), URL: c.DB})
	if err != nil {
		return nil, err
	}
	blobs, err := openBlobs(ctx, c, k)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	shelf, err := openEvidence(ctx, c)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	book, err := openDoors(c)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	door, err := signInOptions(c)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	reach := func(ctx context.Context, replica string) (*blob.Shelf, error) { return openReplica(ctx, c, replica) }
	h, err := Open(ctx, Parts{DB: d, Keys: k, Blobs: blobs, Evidence: shelf, Replicas: c.Evidence.Replicas, Reach: reach, URL: c.URL, Exercise: c.Exercise, FoundedAt: o.FoundedAt, Clock: o.Clock,
		HandoverMost: int64(c.Limits.Handover) << 30, Location: c.TimeZone, SignIn: door, Doors: book, Judge: o.Judge, Read: o.Read, Unbundle: o.Unbundle, Redact: o.Redact, Thumb: o.Thumb})
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &Node{h, c, o.Speed, d}, nil
}

// PeerCalls is how this node reaches its peers: over TLS, to addresses of the open
// internet and to those that its settings allow.
func (n *Node) PeerCalls() (*post.Webhooks, error) {
	calls, err := post.NewWebhooks("handover.allow", n.Conf.Handover.Allow, n.Now)
	if err != nil || n.Conf.Handover.CAFile == "" {
		return calls, err
	}
	pem, err := os.ReadFile(n.Conf.Handover.CAFile)
	if err != nil {
		return nil, fault.Invalid("handover.ca_file", "%w", err)
	}
	return calls, calls.Trust(pem)
}

// blobSource says where files are kept, by the settings.
func blobSource(c *conf.Config, url string) (blob.Source, error) {
	s := blob.Source{URL: url, AccessKey: c.S3.AccessKey, Region: c.S3.Region, Temp: c.Dir}
	if c.S3.SecretKeyFile != "" {
		secret, err := conf.ReadSecret(c.S3.SecretKeyFile)
		if err != nil {
			return s, err
		}
		s.SecretKey = secret
	}
	return s, nil
}

func openBlobs(ctx context.Context, c *conf.Config, k *keys.Keys) (blob.Store, error) {
	s, err := blobSource(c, cmp.Or(c.Blobs, filepath.Join(c.Dir, "blobs")))
	if err != nil {
		return nil, err
	}
	s.Key = k.Blobs()
	store, err := blob.Open(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("open the blobs: %w", err)
	}
	return store, nil
}

// signInOptions says how people come in. A provider calls back at
// /sign-in/openid.
func signInOptions(c *conf.Config) (signin.Options, error) {
	url := strings.TrimSuffix(c.URL, "/")
	o := signin.Options{Origins: []string{url}, Absolute: c.Session.Lifetime, Idle: c.Session.Idle}
	if c.OIDC.Issuer == "" {
		return o, nil
	}
	o.OpenID = &signin.Provider{Name: strings.TrimPrefix(c.OIDC.Issuer, "https://"), Issuer: c.OIDC.Issuer, ClientID: c.OIDC.ClientID, Redirect: url + "/sign-in/openid"}
	if c.OIDC.SecretFile != "" {
		secret, err := conf.ReadSecret(c.OIDC.SecretFile)
		if err != nil {
			return o, err
		}
		o.OpenID.ClientSecret = secret
	}
	return o, nil
}

// PassphraseSource unlocks with the passphrase in a file.
func PassphraseSource(path string) (keys.Source, error) {
	p, err := conf.ReadSecret(path)
	return keys.Passphrase(p), err
}

// Shelf opens a place like that of the evidence, with the node's credentials.
func (n *Node) Shelf(ctx context.Context, url string) (*blob.Shelf, error) {
	return openReplica(ctx, n.Conf, url)
}

func openReplica(ctx context.Context, c *conf.Config, url string) (*blob.Shelf, error) {
	src, err := blobSource(c, url)
	if err != nil {
		return nil, err
	}
	return blob.OpenShelf(ctx, src)
}
