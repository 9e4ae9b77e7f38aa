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
