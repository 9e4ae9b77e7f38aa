// Package cli is Heed's command line: the same commands that the web and the
// API have, given by a named person on the machine that holds the node.
//
// Whoever can read the node's key can act as anybody in it: the command line
// trusts the operating system's account, says who acts (--as), and the record
// keeps that. Every reading command prints JSON with --json. Errors are one line
// "error: …" and, where one helps, "hint: …" on standard error.
//
//	os.Exit(cli.Main(os.Args[1:], faces))
//
// Exit codes: 0 success, 1 the command failed, 2 it was not understood.
package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/db"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/obs"
	"github.com/heed-project/heed/internal/proof/box"
)

// Faces makes what `heed serve` serves, and runs what works beside it until the
// context ends.
type Faces func(ctx context.Context, n *heed.Node, log *slog.Logger, m *obs.Metrics) (http.Handler, error)

// globals are the flags that every command takes.
type globals struct {
	Dir            string    `help:"The node's folder (default: $HEED_DIR, else ./heed-data)." placeholder:"D"`
	DB             string    `name:"db" help:"postgres://… instead of the encrypted file in the folder." placeholder:"URL"`
	Blobs          string    `help:"Where files are kept: a folder or s3://HOST/BUCKET." placeholder:"URL"`
	As             string    `help:"Who acts: an id, a name, an e-mail address or a role (default: the administrator named at init)." placeholder:"PERSON"`
	At             time.Time `help:"The time of a writing command, RFC 3339, for tests and rehearsals." placeholder:"TIME"`
	JSON           bool      `name:"json" help:"Print JSON."`
	KeysFile       string    `help:"The file that unlocks the node." placeholder:"FILE"`
	PassphraseFile string    `help:"The file that holds the passphrase that unlocks the node." placeholder:"FILE"`
}

// grammar is every command. Its order is that of `heed help`.
type grammar struct {
	globals

	Demo   demoCmd   `cmd:"" help:"Play the exercise: a fictional region on a fresh node, served at once."`
	Init   initCmd   `cmd:"" help:"Make a node for your agency."`
	Serve  serveCmd  `cmd:"" help:"Serve a node: web, API, log."`
	Config configCmd `cmd:"" help:"Explain every setting, its value and where that comes from."`

	Import     importCmd     `cmd:"" help:"Take in data: UCDP GED, ACLED, country-month panels, reports."`
	Situation  situationCmd  `cmd:"" help:"Places, times and people at risk."`
	Report     reportCmd     `cmd:"" help:"What sources told us, and what became of it."`
	Assessment assessmentCmd `cmd:"" help:"Risk by the UN Framework of Analysis."`
	Warning    warningCmd    `cmd:"" help:"Warnings, served on named people."`
	Duties     dutiesCmd     `cmd:"" help:"Who owes what by when."`
	Duty       dutyCmd       `cmd:"" help:"Answer a duty: acknowledge, do, explain."`
	Tick       tickCmd       `cmd:"" help:"Write down what has fallen due by a time."`
	Coalition  coalitionCmd  `cmd:"" help:"Who goes along: pledges, whom to ask next, a sheet that closes itself."`
	Decide     decideCmd     `cmd:"" help:"Decide on a warning, and sign."`
	Decision   decisionCmd   `cmd:"" help:"Decisions: list and read them."`
	Protocol   protocolCmd   `cmd:"" help:"Response protocols: check, rehearse, adopt."`

	Doors    doorsCmd    `cmd:"" help:"Which measures are open to a State on a date, and what is missing to open the others."`
	Facts    factsCmd    `cmd:"" help:"What the doors answer from: list it, verify it, doubt it."`
	Package  packageCmd  `cmd:"" help:"Packages of measures: steps across venues, taskings, the capital's priorities."`
	Agenda   agendaCmd   `cmd:"" help:"What is coming in all venues, as text or iCalendar."`
	Evidence evidenceCmd `cmd:"" help:"Take evidence in, open it for a purpose, keep it proven."`

	Case     caseCmd     `cmd:"" help:"What evidence was for: cases, requests of prosecutors, answers, outcomes."`
	Mandate  mandateCmd  `cmd:"" help:"Mechanisms: who does what until when, and what becomes of it."`
	Handover handoverCmd `cmd:"" help:"Evidence that goes from hand to hand, under two signatures."`
	Closeout closeoutCmd `cmd:"" help:"The end of a mandate: plan, rehearse, run."`

	Knew    knewCmd    `cmd:"" help:"Who knew what, when, and what they did: a pack that anyone can check."`
	Record  recordCmd  `cmd:"" help:"The record: entries, proofs, verification, erasure."`
	Rebuild rebuildCmd `cmd:"" help:"Replay the record into empty tables and compare them byte for byte."`
	Witness witnessCmd `cmd:"" help:"Who cosigns this node's log, and whose logs it cosigns."`

	Bag      bagCmd      `cmd:"" help:"Bags of other archives: check one."`
	Proof    proofCmd    `cmd:"" help:"Proofs that files and bundles of others bring: judge them."`
	Forecast forecastCmd `cmd:"" help:"Predictive distributions: make, score, compare with what came."`
	Votes    votesCmd    `cmd:"" help:"Roll calls: load, predict, replay past years."`
	Impact   impactCmd   `cmd:"" help:"What a measure changed, and how little that may be."`

	Person  personCmd  `cmd:"" help:"People, their roles, deputies and sign-in links."`
	Agency  agencyCmd  `cmd:"" help:"Agencies that take part."`
	Keys    keysCmd    `cmd:"" help:"What unlocks the node."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// run is one invocation.
type run struct {
	ctx   context.Context
	g     *globals
	out   io.Writer
	err   io.Writer
	faces Faces
	conf  *conf.Config
	node  *heed.Node
}

// Main runs a command line and returns the exit code.
func Main(args []string, faces Faces) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Run(ctx, args, os.Stdout, os.Stderr, faces)
}

// errUsage marks what was not understood.
type errUsage struct{ error }

// Run is Main with its surroundings given.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, faces Faces) (code int) {
	if len(args) > 0 && args[0] == box.Command {
		return box.Main(args[1:], boxTasks)
	}
	var g grammar
	r := &run{ctx: ctx, g: &g.globals, out: stdout, err: stderr, faces: faces}
	exited := -1
	parser, err := kong.New(&g, kong.Name("heed"), kong.Description(about), kong.Writers(stdout, stderr), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}), kong.Exit(func(c int) { exited = c; panic(errUsage{}) }), kong.Bind(r), readsTime)
	if err != nil {
		return r.fail(err)
	}
	explain(parser.Model.Node, "")
	defer func() {
		if p := recover(); p != nil {
			if _, ours := p.(errUsage); !ours {
				panic(p)
			}
			code = exited
		}
	}()
	if len(args) == 0 || args[0] == "help" {
		args = append(args[min(1, len(args)):], "--help")
	}
	k, err := parser.Parse(args)
	if err != nil {
		return r.fail(errUsage{err})
	}
	err = k.Run(r)
	if r.node != nil {
		err = errors.Join(err, r.node.Close())
	}
	if err != nil {
		return r.fail(err)
	}
	return 0
}

const about = `Heed is the system of record between a warning of mass atrocities and what is done about it.

Start with "heed demo". For your own node: "heed init --agency NAME --admin NAME", then "heed serve".
"heed COMMAND --help" explains a command. Exit codes: 0 done, 1 failed, 2 not understood.`

// fail prints an error as one line, and a hint, and returns the exit code.
func (r *run) fail(err error) int {
	code := 1
	text := err.Error()
	if u := (errUsage{}); errors.As(err, &u) {
		code, text = 2, u.error.Error()
	}
	fmt.Fprintf(r.err, "error: %s\n", strings.ReplaceAll(strings.TrimSpace(text), "\n", " "))
	if hint := fault.Hint(err); hint != "" {
		fmt.Fprintf(r.err, "hint: %s\n", strings.ReplaceAll(hint, "\n", " "))
	} else if code == 2 {
		fmt.Fprintln(r.err, "hint: heed help lists the commands, heed COMMAND --help explains one")
	}
	return code
}

// usage makes an error about what was typed.
func usage(format string, a ...any) error { return errUsage{fmt.Errorf(format, a...)} }

// settings reads the node's settings, with what was given as flags.
func (r *run) settings(more map[string]string) (*conf.Config, error) {
	if r.conf != nil {
		return r.conf, nil
	}
	flags := map[string]string{"dir": r.g.Dir, "db": r.g.DB, "blobs": r.g.Blobs, "as": r.g.As, "keys.file": r.g.KeysFile, "keys.passphrase_file": r.g.PassphraseFile}
	for k, v := range more {
		flags[k] = v
	}
	c, err := conf.Load(flags)
	r.conf = c
	return c, err
}

// open opens the node, and says who acts.
func (r *run) open() (*heed.Node, heed.Who, error) {
	c, err := r.settings(nil)
	if err != nil {
		return nil, heed.Who{}, err
	}
	if r.node, err = heed.OpenNode(r.ctx, c, opening(c)); err != nil {
		return nil, heed.Who{}, err
	}
	who, err := r.who(c.As)
	return r.node, who, err
}

func (r *run) who(as string) (who heed.Who, err error) {
	if as == "" {
		who, err = r.node.Administrator(r.ctx)
	} else {
		who, err = r.node.As(r.ctx, as, "cli")
	}
	who.At = r.g.At
	return who, err
}

// print prints v as JSON with --json, and as text otherwise.
func (r *run) print(v any, text func(w io.Writer)) error {
	if !r.g.JSON && text != nil {
		w := bufio.NewWriterSize(r.out, 1<<16) // else each line of a long list is a call of the system
		text(w)
		return w.Flush()
	}
	e := json.NewEncoder(r.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// now is the time to which a reading command refers.
func (r *run) now() time.Time {
	if !r.g.At.IsZero() {
		return r.g.At
	}
	return db.Now()
}
