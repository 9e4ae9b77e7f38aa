package cli

type reportSameCmd struct {
	Report string `arg:"" help:"The later one."`
	First  string `arg:"" help:"The one that told it first."`
	Reason string `required:"" help:"Why they are one. The later reporter can read what became of the first from then on."`
}

func (c *reportSameCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.JoinReport(r.ctx, who, c.Report, c.First, c.Reason)
}

type reportPartCmd struct {
	Report string `arg:""`
	Reason string `required:""`
}

func (c *reportPartCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.PartReport(r.ctx, who, c.Report, c.Reason)
}

type situationAnalystCmd struct {
	Situation string `arg:""`
	Person    string `arg:"" help:"An id, a name, an e-mail address or a role."`
}

func (c *situationAnalystCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.SetAnalyst(r.ctx, who, c.Situation, c.Person)
}

type situationRenameCmd struct {
	Situation string `arg:""`
	Name      string `required:"" help:"What it is called from now on."`
	Area      string `help:"The place in words (default: as it is)."`
}

func (c *situationRenameCmd) Run(r *run) error {
	n, who, err := r.open()
	if err != nil {
		return err
	}
	return n.RenameSituation(r.ctx, who, c.Situation, c.Name, c.Area)
}
