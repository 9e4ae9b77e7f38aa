package cli

import (
	"fmt"
	"io"
)

type personFieldCmd struct {
	Person string `arg:""`
	End    string `help:"End an account instead, by its user name." placeholder:"USER"`
}

// Run makes an account with which ODK Collect or KoBo signs in for a person.
func (c *personFieldCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	if c.End != "" {
		return n.EndFieldAccount(r.ctx, who, c.End)
	}
	account, password, err := n.NewFieldAccount(r.ctx, who, c.Person)
	if err != nil {
		return err
	}
	out := struct {
		Server   string `json:"server"`
		User     string `json:"user"`
		Password string `json:"password"`
	}{n.URL(), account.User, password}
	return r.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "In ODK Collect or KoBo, enter this once; the password is not shown again.\n  server    %s\n  user      %s\n  password  %s\n", out.Server, out.User, out.Password)
	})
}

type personWebhookCmd struct {
	Person  string `arg:""`
	Address string `arg:"" optional:"" help:"https://… ; none ends it."`
}

// Run says where a person's notices are sent as signed webhooks.
func (c *personWebhookCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	secret, err := n.SetWebhook(r.ctx, who, c.Person, c.Address)
	if err != nil || c.Address == "" {
		return err
	}
	return r.print(map[string]string{"secret": secret}, func(w io.Writer) {
		fmt.Fprintf(w, "Notices are signed with this secret, which is not shown again:\n  %s\n", secret)
	})
}

type personTokenCmd struct {
	Label string   `arg:"" help:"What the token is for."`
	Scope []string `help:"read, write." default:"read"`
	Days  int      `help:"How long it lasts." default:"90"`
}

// Run makes a token with which a program acts as whoever runs the command.
func (c *personTokenCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	secret, err := n.NewToken(r.ctx, who, c.Label, c.Scope, n.Now().AddDate(0, 0, c.Days))
	if err != nil {
		return err
	}
	return r.print(map[string]string{"token": secret}, func(w io.Writer) { fmt.Fprintln(w, secret) })
}
