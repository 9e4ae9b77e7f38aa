package consent

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"
)

// MaxForm is the most bytes that Parse reads.
const MaxForm = 64 << 10

// idForm and partyForm are how ids and parties are spelt: they stand in offers
// and bundles, and name nobody who gave consent.
var (
	idForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$`)
	partyForm = regexp.MustCompile(`^(class:)?[A-Za-z0-9][A-Za-z0-9 ._/&()'-]{0,199}$`)
	stateForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Check says what is wrong with a permission, naming the member.
func (p Permission) Check() error {
	switch {
	case !idForm.MatchString(p.ID):
		return fmt.Errorf("id: %.60q is not an id", p.ID)
	case p.Given.IsZero():
		return errors.New("given: say when the permission was given")
	case !p.Until.IsZero() && !p.Until.After(p.Given):
		return errors.New("until: the permission ends before it is given")
	case !slices.Contains(onwards, p.Onward):
		return fmt.Errorf("onward: %.60q is not one of no, listed, any", p.Onward)
	}
	if err := p.checkLists(); err != nil {
		return err
	}
	for i, w := range p.Withdrawals {
		if w.At.Before(p.Given) {
			return fmt.Errorf("withdrawals: the %s is before the permission was given", nth(i))
		}
		if err := cmp.Or(checkList("withdrawals: for", w.For, isPurpose), checkList("withdrawals: to", w.To, isParty)); err != nil {
			return err
		}
	}
	return nil
}

func (p Permission) checkLists() error {
	return cmp.Or(
		checkList("for", p.For, isPurpose),
		checkList("to", p.To, isParty), checkList("not_to", p.NotTo, isParty),
		checkList("in", p.In, stateForm.MatchString), checkList("not_in", p.NotIn, stateForm.MatchString))
}

func isPurpose(p Purpose) bool { return slices.Contains(purposes, p) }

func isParty(s string) bool { return partyForm.MatchString(s) }

// checkList checks each value of a list, of which "*" is always one.
func checkList[T ~string](member string, list []T, ok func(T) bool) error {
	for i, v := range list {
		if v != Any && !ok(v) {
			return fmt.Errorf("%s: %.60q is not known", member, v)
		}
		if slices.Contains(list[:i], v) {
			return fmt.Errorf("%s: %q stands twice", member, v)
		}
	}
	return nil
}

func nth(i int) string {
	if i == 0 {
		return "first"
	}
	return fmt.Sprintf("number %d", i+1)
}

// Format writes a permission as one line of JSON, in the one spelling that
// Parse reads: two permissions are the same if their texts are.
func (p Permission) Format() ([]byte, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	for _, list := range []*[]string{&p.To, &p.In} {
		if *list == nil {
			*list = []string{}
		}
	}
	if p.For == nil {
		p.For = []Purpose{}
	}
	p.Given, p.Until = micro(p.Given), micro(p.Until)
	p.Withdrawals = slices.Clone(p.Withdrawals)
	for i := range p.Withdrawals {
		p.Withdrawals[i].At = micro(p.Withdrawals[i].At)
	}
	b, err := json.Marshal(p)
	return append(b, '\n'), err
}

// micro is a time as it is written: UTC, to the microsecond.
func micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// Parse reads what Format wrote, and refuses every other spelling.
func Parse(b []byte) (Permission, error) {
	if len(b) > MaxForm {
		return Permission{}, fmt.Errorf("a permission has at most %d bytes, this has %d", MaxForm, len(b))
	}
	var p Permission
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Permission{}, errors.New("the permission is not JSON of the form required")
	}
	if _, err := d.Token(); err != io.EOF {
		return Permission{}, errors.New("there is more than one permission in it")
	}
	again, err := p.Format()
	if err != nil {
		return Permission{}, err
	}
	if !bytes.Equal(again, b) {
		return Permission{}, errors.New("the permission is not in the one spelling that is allowed")
	}
	return p, nil
}
