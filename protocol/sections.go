package protocol

import (
	"github.com/heed-project/heed/protocol/form"
	"github.com/heed-project/heed/protocol/worktime"
)

// This file reads the sections of a protocol file, one function each.

func (r reader) roles(p *Protocol) form.Read {
	return func(v form.Value, path string) {
		r.Table(v, path, func(key string, v form.Value, path string) {
			x := Role{Key: key}
			if r.IsKey(key, path) && key == nobody {
				r.Bad(path, "choose another name", "no role can be called nobody")
			}
			r.Object(v, path,
				form.Must("title", r.Words(&x.Title)),
				form.May("office", r.Key(&x.Office)),
				form.May("deputy", r.Key(&x.Deputy)),
				form.May("senior", r.Flag(&x.Senior)),
				form.May("outside", r.Flag(&x.Outside)),
				form.May("held", worktime.Held(r.Reader, &x.Held)),
				form.May("rota", worktime.RotaOf(r.Reader, &x.Rota)),
			)
			if x.Rota != nil && len(x.Held) > 0 {
				r.Bad(path, "keep one of them", "a role is held by periods or by rota, not both")
			}
			p.Roles = append(p.Roles, x)
		})
	}
}

func (r reader) ladders(p *Protocol) form.Read {
	return func(v form.Value, path string) {
		r.Table(v, path, func(key string, v form.Value, path string) {
			x := Ladder{Key: key}
			r.IsKey(key, path)
			r.Object(v, path,
				form.Must("rungs", func(v form.Value, path string) {
					r.List(v, path, func(v form.Value, path string) {
						g := LadderRung{}
						r.Object(v, path, form.Must("role", r.Key(&g.Role)), form.Must("after", worktime.AllowanceOf(r.Reader, &g.After)))
						x.Rungs = append(x.Rungs, g)
					})
				}),
				form.May("then", r.Key(&x.Then)),
			)
			p.Ladders = append(p.Ladders, x)
		})
	}
}

func (r reader) opening(p *Protocol) form.Read {
	return func(v form.Value, path string) {
		r.Table(v, path, func(key string, v form.Value, path string) {
			o := Opener{Role: key}
			r.IsKey(key, path)
			r.byLevel(&o.Levels)(v, path)
			p.Opening = append(p.Opening, o)
		})
	}
}

func (r reader) duties(p *Protocol) form.Read {
	return func(v form.Value, path string) {
		r.Table(v, path, func(key string, v form.Value, path string) {
			d := Duty{Key: key}
			r.IsKey(key, path)
			r.duty(p, &d, v, path)
			p.Duties = append(p.Duties, d)
		})
	}
}

func (r reader) duty(p *Protocol, d *Duty, v form.Value, path string) {
	var levels [Levels]bool
	var byLevel bool
	var clock string
	r.Object(v, path,
		form.Must("title", r.Words(&d.Title)),
		form.Must("what", r.Words(&d.What)),
		form.Must("owner", r.Key(&d.Owner)),
		form.Must("allowed", func(v form.Value, path string) {
			byLevel = r.leveled(v, path, func(l int, v form.Value, path string) { worktime.AllowanceOf(r.Reader, &d.Allowed[l-1])(v, path) })
		}),
		form.May("levels", r.byLevel(&levels)),
		form.May("calendar", r.Key(&d.Calendar)),
		form.Must("ladder", func(v form.Value, path string) {
			r.leveled(v, path, func(l int, v form.Value, path string) { r.Key(&d.Ladder[l-1])(v, path) })
		}),
		form.May("after", r.Keys(&d.After)),
		form.May("clock", r.String(&clock)),
		form.May("outward", r.Flag(&d.Outward)),
		form.May("four-eyes", r.Key(&d.FourEyes)),
		form.May("refusal", r.Key(&d.Refusal)),
		form.May("community", r.Flag(&d.Community)),
		form.May("decides", r.Flag(&d.Decides)),
		form.May("review", r.Flag(&d.Review)),
		form.May("follow-up", r.Flag(&d.FollowUp)),
	)
	d.FromGate = clock == "gate"
	if clock != "" && clock != "gate" && clock != "opening" {
		r.Bad(path+".clock", "write opening or gate", "%q is not where a clock can start", clock)
	}
	if d.Refusal == "" {
		d.Refusal = d.Owner
	}
	hasLevels := r.Places().Has(path + ".levels")
	switch {
	case byLevel && hasLevels:
		r.Bad(path+".levels", "remove this line", "the time allowed already says which levels open the duty")
	case !byLevel && !hasLevels:
		r.Bad(path, "add a line \"levels: 1-5\", or give the time allowed by level", "it is not said which levels open the duty")
	case hasLevels:
		for l := range d.Allowed {
			if !levels[l] {
				d.Allowed[l] = Allowance{}
			}
		}
	}
}

func (r reader) closing(p *Protocol) form.Read {
	return func(v form.Value, path string) {
		c := &p.Closing
		r.Object(v, path,
			form.Must("by", r.Keys(&c.By)),
			form.May("agreed-by", r.Keys(&c.AgreedBy)),
			form.Must("conditions", r.Keys(&c.Conditions)),
			form.May("statements", func(v form.Value, path string) {
				r.Table(v, path, func(key string, v form.Value, path string) {
					s := Statement{Key: key}
					r.IsKey(key, path)
					r.Words(&s.What)(v, path)
					c.Statements = append(c.Statements, s)
				})
			}),
		)
	}
}
