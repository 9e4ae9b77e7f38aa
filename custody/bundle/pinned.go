package bundle

import (
	"fmt"

	"github.com/heed-project/heed/custody"
	"github.com/heed-project/heed/ledger"
)

// A Custodian is one whose log is in a bundle.
type Custodian struct {
	Name   string
	LogKey string
	Pinned bool // LogKey is one that Options named
}

// pins reads the keys of custodians that the verifier knows beforehand, by the
// names of their logs.
func (o Options) pins() (map[string]string, error) {
	out := map[string]string{}
	for _, text := range o.Custodians {
		key, err := ledger.NewVerifier(text)
		if err != nil {
			return nil, fmt.Errorf("key of a custodian: %w", err)
		}
		if was := out[key.Name()]; was != "" && was != text {
			return nil, fmt.Errorf("key of a custodian: two keys are given for the log of %s", key.Name())
		}
		out[key.Name()] = text
	}
	return out, nil
}

// known is what is known beforehand of one of the logs.
func (v *verifier) known(k int, l Log, pins map[string]string) (opts custody.Options, err error) {
	if k == 0 {
		opts = v.opts.Options
	}
	key, err := ledger.NewVerifier(l.Key)
	if err != nil {
		return opts, fmt.Errorf("key: %w", err)
	}
	pin := pins[key.Name()]
	if pin == "" {
		return opts, nil
	}
	if opts.LogKey != "" && opts.LogKey != pin {
		return opts, fmt.Errorf("key: two keys are given for the log of %s", key.Name())
	}
	opts.LogKey = pin
	return opts, nil
}

// custodian notes whose log it is.
func (v *verifier) custodian(l checkedLog, pinned bool) {
	for _, c := range v.report.Keys {
		if c.Name == l.name { // another part of it
			return
		}
	}
	v.report.Keys = append(v.report.Keys, Custodian{l.name, l.key, pinned})
	v.report.Custodians = append(v.report.Custodians, l.name)
}

// allPinned holds that each key that was given is that of a custodian.
func (v *verifier) allPinned(pins map[string]string) error {
	for _, c := range v.report.Keys {
		delete(pins, c.Name)
	}
	for _, text := range v.opts.Custodians { // in their order
		if key, err := ledger.NewVerifier(text); err == nil && pins[key.Name()] != "" {
			return fmt.Errorf("the log of %s, whose key you gave, is not in the bundle", plain(key.Name()))
		}
	}
	return nil
}
