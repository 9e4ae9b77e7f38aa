package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/heed-project/heed/internal/heed"
	"github.com/heed-project/heed/internal/party"
)

type recordCmd struct {
	List   recordListCmd   `cmd:"" help:"List entries, newest first."`
	Verify recordVerifyCmd `cmd:"" help:"Verify every leaf, signature, tile and the checkpoint."`
	Proof  recordProofCmd  `cmd:"" help:"Write the proof that the log holds an entry (C2SP tlog-proof)."`
	Erase  recordEraseCmd  `cmd:"" help:"Destroy the words and the key of a subject, under an authority."`
	Key    recordKeyCmd    `cmd:"" help:"Print the log's verifier key."`
}

type recordListCmd struct {
	Subject string `help:"Only entries about this." placeholder:"REF"`
	Limit   int    `default:"50"`
}

func (c *recordListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.ListEntries(r.ctx, who, c.Subject, c.Limit)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, e := range all {
			fmt.Fprintf(w, "%8d  %s  %-6s %-24s %v\n", e.Index, e.Time.Format("2006-01-02 15:04:05"), e.Actor, e.Kind, e.Subjects)
		}
	})
}

type recordVerifyCmd struct{}

func (c *recordVerifyCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	v, err := n.Verify(r.ctx, who, nil)
	if err != nil {
		return err
	}
	return r.print(v, func(w io.Writer) { fmt.Fprintf(w, "%d entries verified, root %s\n", v.Size, v.Root) })
}

type recordProofCmd struct {
	Entry int64  `arg:""`
	Out   string `help:"The file to write (default: standard output)." placeholder:"FILE"`
}

func (c *recordProofCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	b, err := n.EntryProof(r.ctx, who, c.Entry)
	if err != nil {
		return err
	}
	return r.writeOut(c.Out, b)
}

type recordEraseCmd struct {
	Subject   string `arg:"" help:"What is erased: R-7, R-7/source, P-3, W-1 …"`
	Authority string `required:"" help:"Under what authority; it is put on record." placeholder:"TEXT"`
}

func (c *recordEraseCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.Erase(r.ctx, who, c.Subject, c.Authority)
}

type recordKeyCmd struct{}

func (c *recordKeyCmd) Run(r *run) error {
	n, _, err := r.open()
	if err != nil {
		return err
	}
	return r.print(map[string]string{"log_key": n.LogKey()}, func(w io.Writer) { fmt.Fprintln(w, n.LogKey()) })
}

type witnessCmd struct {
	Add    witnessAddCmd    `cmd:"" help:"Name a witness that is to cosign this node's log."`
	Remove witnessRemoveCmd `cmd:"" help:"Ask a witness no more."`
	List   witnessListCmd   `cmd:"" help:"List witnesses and what they said."`
	Answer witnessAnswerCmd `cmd:"" help:"Answer a witness's refusal, with the reason; the alarm ends and stays on record."`
	Log    witnessLogCmd    `cmd:"" help:"Name a log that this node is to cosign."`
	Key    witnessKeyCmd    `cmd:"" help:"Print this node's key as a witness."`
}

type witnessAddCmd struct {
	URL string `arg:"" name:"url"`
	Key string `arg:"" help:"Its verifier key."`
}

func (c *witnessAddCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.AddWitness(r.ctx, who, c.URL, c.Key)
}

type witnessRemoveCmd struct {
	Name string `arg:""`
}

func (c *witnessRemoveCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.RemoveWitness(r.ctx, who, c.Name)
}

type witnessAnswerCmd struct {
	Name   string `arg:"" help:"The witness."`
	Reason string `required:"" help:"What was found out; it is put on record." placeholder:"TEXT"`
}

func (c *witnessAnswerCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.AcceptWitnessAlarm(r.ctx, who, c.Name, c.Reason)
}

type witnessListCmd struct{}

func (c *witnessListCmd) Run(r *run) error {
	n, _, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.Witnesses(r.ctx)
	if err != nil {
		return err
	}
	if all == nil {
		all = []heed.Witness{}
	}
	return r.print(all, func(w io.Writer) {
		for _, x := range all {
			fmt.Fprintf(w, "%-10s %s %s size %d\n", x.State, x.Name, x.URL, x.Size)
		}
	})
}

type witnessLogCmd struct {
	Key string `arg:"" help:"The log's verifier key."`
}

func (c *witnessLogCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.AddLog(r.ctx, who, c.Key)
}

type witnessKeyCmd struct{}

func (c *witnessKeyCmd) Run(r *run) error {
	n, _, err := r.open()
	if err != nil {
		return err
	}
	key, err := n.WitnessKey()
	if err != nil {
		return err
	}
	return r.print(map[string]string{"witness_key": key}, func(w io.Writer) { fmt.Fprintln(w, key) })
}

type personCmd struct {
	Add        personAddCmd        `cmd:"" help:"Enter somebody."`
	List       personListCmd       `cmd:"" help:"List people and their roles."`
	Role       personRoleCmd       `cmd:"" help:"Give somebody a role, or end it."`
	Deputy     personDeputyCmd     `cmd:"" help:"Say who stands in for somebody who is away."`
	Link       personLinkCmd       `cmd:"" help:"Make a one-time sign-in link."`
	Token      personTokenCmd      `cmd:"" help:"Make a token for a program that acts as you (--as)."`
	Field      personFieldCmd      `cmd:"" help:"Make an account for ODK Collect or KoBo, or end one."`
	Webhook    personWebhookCmd    `cmd:"" help:"Say where somebody's notices are sent as signed webhooks."`
	Deactivate personDeactivateCmd `cmd:"" help:"End what somebody may do here."`
}

type personAddCmd struct {
	Name     string `arg:""`
	Email    string
	Agency   string
	Role     string
	Language string `placeholder:"TAG"`
	TimeZone string `placeholder:"ZONE"`
}

func (c *personAddCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.AddPerson(r.ctx, who, heed.PersonInput{Name: c.Name, Email: c.Email, Agency: c.Agency, Role: c.Role, Language: c.Language, TimeZone: c.TimeZone})
	if err != nil {
		return err
	}
	return r.print(map[string]string{"person": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}

type personListCmd struct{}

func (c *personListCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	all, err := n.ListPeople(r.ctx, who)
	if err != nil {
		return err
	}
	return r.print(all, func(w io.Writer) {
		for _, p := range all {
			fmt.Fprintf(w, "%-6s %-28s %-6s %v\n", p.ID, p.Name, p.Agency, p.Roles)
		}
	})
}

type personRoleCmd struct {
	Person string    `arg:""`
	Role   string    `arg:""`
	Agency string    `help:"In which agency (default: their own)."`
	From   time.Time `help:"From when, RFC 3339 (default: now)."`
	Until  time.Time `help:"Until when (default: further notice)."`
	End    bool      `help:"End the role instead."`
}

func (c *personRoleCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if c.End {
		return n.EndRole(r.ctx, who, c.Person, c.Role)
	}
	return n.GiveRole(r.ctx, who, c.Person, c.Role, c.Agency, c.From, c.Until)
}

type personDeputyCmd struct {
	Person string    `arg:""`
	Deputy string    `arg:"" optional:"" help:"None: the person is back."`
	From   time.Time `help:"RFC 3339 (default: now)."`
	Until  time.Time `help:"Default: further notice."`
}

func (c *personDeputyCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.SetDeputy(r.ctx, who, c.Person, c.Deputy, c.From, c.Until)
}

type personLinkCmd struct {
	Person string `arg:""`
}

func (c *personLinkCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	link, err := n.NewLink(r.ctx, who, c.Person)
	if err != nil {
		return err
	}
	return r.print(map[string]string{"link": link}, func(w io.Writer) { fmt.Fprintln(w, link) })
}

type personDeactivateCmd struct {
	Person string `arg:""`
	Reason string `required:""`
}

func (c *personDeactivateCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.Deactivate(r.ctx, who, c.Person, c.Reason)
}

type agencyCmd struct {
	Add agencyAddCmd `cmd:"" help:"Enter an agency."`
}

type agencyAddCmd struct {
	Name    string `arg:""`
	Kind    string `default:"other"`
	Country string `placeholder:"ISO3"`
}

func (c *agencyAddCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	id, err := n.AddAgency(r.ctx, who, party.AgencyInput{Name: c.Name, Kind: c.Kind, Country: c.Country})
	if err != nil {
		return err
	}
	return r.print(map[string]string{"agency": id}, func(w io.Writer) { fmt.Fprintln(w, id) })
}
