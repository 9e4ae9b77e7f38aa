// Package box runs what reads other people's bytes in a process of its own, with
// limits and without a network, so that a parser that is led astray takes down
// nothing and reaches nobody.
//
// Run starts this program again with the one word Command, sends the input, and
// takes the output. The child
//
//   - has no network: it stands in an empty network namespace (as root, or
//     through a user namespace). Where the system allows neither, it runs without
//     that, and Result.Network says so;
//   - may use so much processor time, memory and open files, and may write no
//     file at all unless it is let (resource limits that it sets before it reads a byte);
//   - has no environment, no terminal and no signal from its parent's group, and
//     is killed when its time is over.
//
// It still reads files as the user who runs it: it is a wall against accidents and
// against parsers that are exploited clumsily, not a virtual machine. On systems
// other than Linux only the time limit and the output limit hold.
//
//	out, err := box.Run(ctx, box.Limits{}, "proof", []string{path}, nil)
package box

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// Command is the word with which the program is started as a child.
const Command = "in-the-box"

// A Task is what a child can do: read the input and write the output.
type Task func(args []string, in io.Reader, out io.Writer) error

// Limits are those of one run. Zero values stand for the defaults.
type Limits struct {
	Time    time.Duration // of the whole run; two minutes
	CPU     time.Duration // of processor time; one minute
	Memory  int64         // in bytes; 2 GiB
	Files   int           // open at once; 64
	Writes  int64         // in bytes, of any one file that it writes; none
	Output  int64         // in bytes; 64 MiB
	Program string        // what to start; this program
}

func (l Limits) orDefaults() Limits {
	def := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	if l.Time <= 0 {
		l.Time = 2 * time.Minute
	}
	if l.CPU <= 0 {
		l.CPU = time.Minute
	}
	if l.Files <= 0 {
		l.Files = 64
	}
	def(&l.Memory, 2<<30)
	def(&l.Output, 64<<20)
	return l
}

// A Result is what a child left.
type Result struct {
	Output  []byte
	Network bool // the child could have used the network: the system allows no wall
}

// ErrLimit says that a child was ended by its limits, or fell over its input.
var ErrLimit = errors.New("it could not be read within the limits")

// Run runs a task in a child. An error of the task comes back as its text.
func Run(ctx context.Context, l Limits, task string, args []string, in io.Reader) (*Result, error) {
	l = l.orDefaults()
	program := l.Program
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("box: %w", err)
		}
	}
	ctx, stop := context.WithTimeout(ctx, l.Time)
	defer stop()
	words := append([]string{Command, strconv.Itoa(int((l.CPU + time.Second - 1) / time.Second)), strconv.FormatInt(l.Memory, 10), strconv.Itoa(l.Files), strconv.FormatInt(l.Writes, 10), task}, args...)
	var res *Result
	var err error
	for _, wall := range walls() {
		var started bool
		if started, res, err = once(ctx, l, program, words, in, wall); started {
			return res, err
		}
	}
	return nil, fmt.Errorf("box: start the child: %w", err)
}

// once starts the child with one kind of wall and waits for it.
func once(ctx context.Context, l Limits, program string, words []string, in io.Reader, w wall) (started bool, res *Result, err error) {
	cmd := exec.CommandContext(ctx, program, words...)
	cmd.Env, cmd.Dir, cmd.Stdin = []string{"GOTRACEBACK=none"}, "", in
	out, said := &limited{left: l.Output}, &limited{left: 4096}
	cmd.Stdout, cmd.Stderr = out, said
	cmd.SysProcAttr = w.attr
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil && ctx.Err() != nil {
		return true, nil, fmt.Errorf("%w: its time was over", ErrLimit)
	} else if err != nil {
		return false, nil, err
	}
	err = cmd.Wait()
	res = &Result{Output: out.kept.Bytes(), Network: w.open}
	var exit *exec.ExitError
	switch {
	case err == nil && out.over:
		return true, nil, fmt.Errorf("%w: more than %d bytes of output", ErrLimit, l.Output)
	case err == nil:
		return true, res, nil
	case ctx.Err() != nil:
		return true, nil, fmt.Errorf("%w: its time was over", ErrLimit)
	case errors.As(err, &exit) && exit.ExitCode() == 1 && said.kept.Len() > 0:
		return true, nil, errors.New(strings.TrimSpace(said.kept.String()))
	}
	return true, nil, fmt.Errorf("%w: %w", ErrLimit, err)
}

// limited keeps so many bytes and forgets the rest.
type limited struct {
	kept bytes.Buffer
	left int64
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	n := len(p)
	if int64(n) > l.left {
		l.over, p = true, p[:l.left]
	}
	l.left -= int64(len(p))
	l.kept.Write(p)
	return n, nil
}

// Main is the child: the words after Command. It returns the exit code.
func Main(words []string, tasks map[string]Task) int {
	if len(words) < 5 || tasks[words[4]] == nil {
		fmt.Fprintln(os.Stderr, "the box: this is started by the program itself, not by hand")
		return 2
	}
	cpu, err1 := strconv.ParseUint(words[0], 10, 32)
	memory, err2 := strconv.ParseInt(words[1], 10, 64)
	files, err3 := strconv.ParseUint(words[2], 10, 32)
	writes, err4 := strconv.ParseUint(words[3], 10, 62)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		fmt.Fprintln(os.Stderr, "the box:", err)
		return 2
	}
	debug.SetMemoryLimit(memory / 2)
	if err := confine(cpu, uint64(memory), files, writes); err != nil {
		fmt.Fprintln(os.Stderr, "the box:", err)
		return 2
	}
	if err := tasks[words[4]](words[5:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Asking puts what a child is asked before the bytes that it is asked about, as a
// line of JSON: words of its command would be seen by others.
func Asking(question any, data io.Reader) (io.Reader, error) {
	line, err := json.Marshal(question)
	return io.MultiReader(bytes.NewReader(append(line, '\n')), data), err
}

// Asked takes the question off in the child, and returns the bytes.
func Asked(in io.Reader, question any) (*bufio.Reader, error) {
	data := bufio.NewReaderSize(in, 1<<16)
	line, err := data.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	return data, json.Unmarshal(line, question)
}
