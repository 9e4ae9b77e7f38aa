// Package fault names the six ways in which a command can fail for a reason
// that its caller should know: not found, exists already, invalid, denied,
// stale, late. Every other error is a defect or a broken machine.
//
// A fault is made where the reason is known and is wrapped on its way up with
// what was being tried. Each face turns the kind into its own words once: a
// status on the web, an exit code on the command line.
//
//	return fault.Invalid("level", "level is %d, must be 1 to 5", n)
//	if fault.KindOf(err) == fault.KindNotFound { … }
//
// The text of a fault is shown to people. It never holds a secret or a sealed
// value.
package fault

import (
	"errors"
	"fmt"
)

// A Kind says why a command failed.
type Kind int

// The six kinds. KindOther is the zero value: the error is not a fault.
const (
	KindOther    Kind = iota
	KindNotFound      // there is no such thing, or the caller may not know of it
	KindExists        // it is there already
	KindInvalid       // an input is wrong; Field names it
	KindDenied        // the caller may not do this
	KindStale         // what the caller saw has changed since
	KindLate          // a deadline or a window has passed
)

var names = [...]string{"other", "not found", "exists", "invalid", "denied", "stale", "late"}

// String returns the kind in plain words.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(names) {
		return names[0]
	}
	return names[k]
}

// fault is an error with a kind, and a field or a hint where one is known.
type fault struct {
	kind        Kind
	field, hint string
	err         error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

func newFault(k Kind, format string, a []any) error {
	return &fault{kind: k, err: fmt.Errorf(format, a...)}
}

// NotFound says that there is no such thing.
func NotFound(format string, a ...any) error { return newFault(KindNotFound, format, a) }

// Exists says that the thing is there already.
func Exists(format string, a ...any) error { return newFault(KindExists, format, a) }

// Denied says that the caller may not do this.
func Denied(format string, a ...any) error { return newFault(KindDenied, format, a) }

// Stale says that what the caller saw has changed since.
func Stale(format string, a ...any) error { return newFault(KindStale, format, a) }

// Late says that a deadline or a window has passed.
func Late(format string, a ...any) error { return newFault(KindLate, format, a) }

// Invalid says that the named input is wrong, and why.
func Invalid(field, format string, a ...any) error {
	return &fault{kind: KindInvalid, field: field, err: fmt.Errorf(format, a...)}
}

// WithHint adds what the caller can do about err. It keeps the kind.
func WithHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &fault{kind: KindOf(err), field: Field(err), hint: hint, err: err}
}

// Said returns what the outermost fault in err's chain says, without what was
// being tried when it came up: that is for logs, and for whoever typed a command.
func Said(err error) string {
	if f := (*fault)(nil); errors.As(err, &f) {
		return f.Error()
	}
	return err.Error()
}

// KindOf returns the kind of the outermost fault in err's chain.
func KindOf(err error) Kind {
	if f := (*fault)(nil); errors.As(err, &f) {
		return f.kind
	}
	return KindOther
}

// Field returns the name of the input that an Invalid fault is about, or "".
func Field(err error) string {
	if f := (*fault)(nil); errors.As(err, &f) {
		return f.field
	}
	return ""
}

// Hint returns what the caller can do about err, or "".
func Hint(err error) string {
	for f := (*fault)(nil); errors.As(err, &f); err = f.err {
		if f.hint != "" {
			return f.hint
		}
	}
	return ""
}
