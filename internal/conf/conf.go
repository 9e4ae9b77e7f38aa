// Package conf holds a node's settings: one struct, each field with its
// meaning, its default and its checks in one place.
//
// A setting named smtp.host is taken from the flag, or else from the
// environment as HEED_SMTP_HOST, or else from heed.yaml in the node's folder,
// or else it is the default. It is parsed and checked once, here; after that
// it is a type. What is wrong is refused by its name and the place where it
// was written. A setting that does not exist is refused too, for a misspelt
// one would be a default in silence.
//
//	c, err := conf.Load(map[string]string{"dir": flags.Dir, "addr": flags.Addr})
//	c.Explain(os.Stdout) // heed config
//
// No setting is a secret: secrets are in files of their own that a setting
// names, read with [ReadSecret], which refuses a file that others can read.
// The address of a database may hold a password; it is never shown.
//
// This is the only package that reads the environment.
package conf

import (
	"net/netip"
	"net/url"
	"path/filepath"
	"time"
	_ "time/tzdata" // the zones of the offices, wherever the node runs
)

// Config is a node's settings. The tags are the key, the default and the
// meaning that `heed config` prints.
type Config struct {
	Dir      string         `conf:"dir" default:"heed-data" help:"the node's folder"`
	As       string         `conf:"as" help:"the person who acts on the command line; the first administrator where empty"`
	Addr     string         `conf:"addr" default:"127.0.0.1:8080" help:"the address to listen on"`
	URL      string         `conf:"url" help:"the address under which people reach the node; http://ADDR where empty"`
	DB       string         `conf:"db" help:"postgres://… ; the encrypted file heed.db in the folder where empty"`
	Blobs    string         `conf:"blobs" help:"where files are kept: a folder, or s3://HOST/BUCKET/PREFIX; blobs in the node's folder where empty"`
	Code     string         `conf:"code" help:"where the parts of this program that it compiles for itself are kept, some 25 MB; code in the node's folder where empty"`
	Language string         `conf:"language" default:"en" help:"the language of mails to people who chose none: en, fr, ar, es, ru, zh"`
	TimeZone *time.Location `conf:"timezone" default:"UTC" help:"the time zone of the capital, as in Europe/Paris"`
	Facts    string         `conf:"facts" help:"a folder of facts that correct those that come with Heed: memberships, treaties, calendars; facts in the node's folder where empty, if it is there"`
	Exercise bool           `conf:"exercise" default:"false" help:"whether everything on this node is an exercise and is marked so"`

	S3 struct {
		AccessKey     string `conf:"s3.access_key" help:"the access key of the bucket"`
		SecretKeyFile string `conf:"s3.secret_key_file" help:"the file that holds the bucket's secret key"`
		Region        string `conf:"s3.region" help:"the bucket's region; found out where empty"`
	}
	Evidence struct {
		Tella    string   `conf:"evidence.tella" help:"under what authority phones that run Tella send files to URL/tella/, with any name and an API token as password; they may not where empty"`
		Replicas []string `conf:"evidence.replicas" help:"places from which a served node restores evidence that it finds damaged: folders, or s3://HOST/BUCKET/PREFIX"`
	}
	Keys struct {
		File           string `conf:"keys.file" help:"the file that unlocks the node's secrets; FOLDER.key beside the folder where all three are empty"`
		PassphraseFile string `conf:"keys.passphrase_file" help:"the file that holds the passphrase that unlocks them"`
		Plugin         string `conf:"keys.plugin" help:"an age plugin identity that unlocks them (a hardware token)"`
	}
	Log struct {
		Origin string `conf:"log.origin" help:"the name of the node's log; set once, when the node is made"`
		Public bool   `conf:"log.public" default:"true" help:"whether anybody may read the log's leaves at /log/: headers with salted digests, never words or names; its checkpoint, tiles and key are always public"`
	}
	Witnesses []Witness `conf:"witnesses" help:"the witnesses that cosign the log, each written URL VKEY"`

	SMTP struct {
		Host         string `conf:"smtp.host" help:"the mail server; no mail is sent where empty"`
		Port         int    `conf:"smtp.port" default:"587" help:"its port"`
		TLS          string `conf:"smtp.tls" default:"starttls" help:"starttls, implicit (port 465), or none (a server on this machine)"`
		User         string `conf:"smtp.user" help:"the account on it"`
		PasswordFile string `conf:"smtp.password_file" help:"the file that holds the account's password"`
		From         string `conf:"smtp.from" help:"the sender's address"`
	}
	Webhook struct {
		Allow []string `conf:"webhook.allow" help:"hosts and networks on private addresses to which webhooks may go"`
	}
	Handover struct {
		Allow  []string `conf:"handover.allow" help:"hosts and networks on private addresses to which evidence may be handed over online"`
		CAFile string   `conf:"handover.ca_file" help:"certificates, in PEM, of authorities by which peers are known beside those of the system"`
	}
	OIDC struct {
		Issuer     string `conf:"oidc.issuer" help:"the office's identity provider (OpenID Connect)"`
		ClientID   string `conf:"oidc.client_id" help:"the node's name there"`
		SecretFile string `conf:"oidc.secret_file" help:"the file that holds the node's secret there"`
	}
	Proxy struct {
		Trusted []netip.Prefix `conf:"proxy.trusted" help:"networks of proxies that end TLS and whose X-Forwarded-For and -Proto are believed"`
	}
	Session struct {
		Lifetime time.Duration `conf:"session.lifetime" default:"12h" help:"how long a sign-in lasts at most"`
		Idle     time.Duration `conf:"session.idle" default:"1h" help:"how long it lasts without use"`
	}
	Limits struct {
		SignIn   int `conf:"limits.sign_in" default:"10" help:"sign-ins tried a minute from one address"`
		Report   int `conf:"limits.report" default:"30" help:"reports a minute from one address or device"`
		API      int `conf:"limits.api" default:"600" help:"API calls a minute by one token"`
		Upload   int `conf:"limits.upload" default:"4096" help:"the largest upload, in MiB"`
		Handover int `conf:"limits.handover" default:"256" help:"how much of hand-overs that come on a line may wait for a decision, in GiB; set it below what is free where files are kept"`
	}
	Diagnostics struct {
		Level  string `conf:"diagnostics.level" default:"info" help:"what is logged on standard error: debug, info, warn, error"`
		Format string `conf:"diagnostics.format" default:"text" help:"text or json"`
		Addr   string `conf:"diagnostics.addr" help:"an address for /metrics alone; not served where empty"`
	}

	settings []Setting
}

// A Witness cosigns the log.
type Witness struct {
	URL  string
	VKey string // as in C2SP signed-note: NAME+HASH+KEY
}

// Load reads the settings. Flags are values given on the command line by the
// setting's key; empty ones are as good as none. Relative paths in heed.yaml
// are taken from the node's folder, others from the working folder.
func Load(flags map[string]string) (*Config, error) {
	c := &Config{}
	all, err := c.gather(flags)
	if err != nil {
		return nil, err
	}
	for _, f := range c.fields() {
		if err := f.set(all); err != nil {
			return nil, err
		}
	}
	c.derive()
	if err := c.check(all); err != nil {
		return nil, err
	}
	for _, f := range c.fields() {
		c.settings = append(c.settings, f.setting(all))
	}
	return c, nil
}

// derive fills in the defaults that follow from other settings.
func (c *Config) derive() {
	if c.URL == "" {
		c.URL = "http://" + c.Addr
	}
	if c.Blobs == "" {
		c.Blobs = filepath.Join(c.Dir, "blobs")
	}
	if c.Code == "" {
		c.Code = filepath.Join(c.Dir, "code")
	}
}

// Secure says whether people reach the node over TLS.
func (c *Config) Secure() bool {
	u, err := url.Parse(c.URL)
	return err == nil && u.Scheme == "https"
}
