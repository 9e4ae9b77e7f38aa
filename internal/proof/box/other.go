//go:build !linux

package box

import "syscall"

// wall is one way to start a child.
type wall struct {
	attr *syscall.SysProcAttr
	open bool
}

func walls() []wall { return []wall{{nil, true}} }

func confine(_, _, _, _ uint64) error { return nil }
