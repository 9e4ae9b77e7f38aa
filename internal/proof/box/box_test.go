package box_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heed-project/heed/internal/proof/box"
)

// tasks are what the child of these tests can do.
var tasks = map[string]box.Task{
	"echo": func(args []string, in io.Reader, out io.Writer) error {
		_, err := io.Copy(out, io.MultiReader(strings.NewReader(strings.Join(args, " ")+" "), in))
		return err
	},
	"fail":  func([]string, io.Reader, io.Writer) error { return errors.New("it is no photograph") },
	"panic": func([]string, io.Reader, io.Writer) error { panic("led astray") },
	"spin":  func([]string, io.Reader, io.Writer) error { return spin(1) },
	"sleep": func([]string, io.Reader, io.Writer) error { time.Sleep(time.Hour); return nil },
	"eat":   func([]string, io.Reader, io.Writer) error { eat(); return nil },
	"write": func(args []string, _ io.Reader, _ io.Writer) error { return os.WriteFile(args[0], []byte("x"), 0o600) },
	"flood": func(_ []string, _ io.Reader, out io.Writer) error {
		for range 1000 {
			if _, err := out.Write(make([]byte, 1<<12)); err != nil {
				return err
			}
		}
		return nil
	},
	"call": func(args []string, _ io.Reader, _ io.Writer) error {
		c, err := net.DialTimeout("tcp", args[0], time.Second)
		if err == nil {
			c.Close()
		}
		return err
	},
	"environment": func(_ []string, _ io.Reader, out io.Writer) error {
		_, err := fmt.Fprint(out, os.Environ())
		return err
	},
}

// spin works for ever: its number is never even.
func spin(n uint32) error {
	for n%2 == 1 {
		n += 2
	}
	return nil
}

// eat takes memory until there is none.
func eat() (sum int) {
	var all [][]byte
	for sum >= 0 {
		b := make([]byte, 64<<20)
		for i := range b {
			b[i] = 1
		}
		all = append(all, b)
		sum = len(all)
	}
	return sum
}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == box.Command {
		os.Exit(box.Main(os.Args[2:], tasks))
	}
	os.Exit(m.Run())
}

func run(l box.Limits, task string, in io.Reader, args ...string) (*box.Result, error) {
	return box.Run(context.Background(), l, task, args, in)
}

// TestWork: input, arguments and output go through; an error keeps its text;
// nothing of the environment does.
func TestWork(t *testing.T) {
	t.Setenv("HEED_SECRET", "x")
	if res, err := run(box.Limits{}, "echo", strings.NewReader("input"), "a", "b"); err != nil || string(res.Output) != "a b input" {
		t.Error(res, err)
	}
	if _, err := run(box.Limits{}, "fail", nil); err == nil || err.Error() != "it is no photograph" {
		t.Error(err)
	}
	if res, err := run(box.Limits{}, "environment", nil); err != nil || strings.Contains(string(res.Output), "HEED") {
		t.Error(res, err)
	}
	if _, err := run(box.Limits{}, "unheard of", nil); err == nil {
		t.Error("a task that does not exist was done")
	}
}

// TestLimits: whatever a child does, it ends, and its parent knows why.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		task string
		l    box.Limits
	}{
		{"panic", box.Limits{}}, {"spin", box.Limits{CPU: time.Second}}, {"sleep", box.Limits{Time: 300 * time.Millisecond}},
		{"eat", box.Limits{Memory: 256 << 20}}, {"flood", box.Limits{Output: 1 << 20}},
	} {
		_, err := run(c.l, c.task, nil)
		if !errors.Is(err, box.ErrLimit) {
			t.Errorf("%s: %v", c.task, err)
		}
	}
	name := filepath.Join(t.TempDir(), "x")
	if _, err := run(box.Limits{}, "write", nil, name); err == nil {
		t.Error("a file was written")
	}
	if _, err := run(box.Limits{Writes: 1}, "write", nil, name); err != nil {
		t.Error("a file that may be written was not:", err)
	}
}

// TestNoNetwork: what listens on this machine is not reached from the box.
func TestNoNetwork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	res, err := run(box.Limits{}, "call", nil, l.Addr().String())
	if err == nil && !res.Network {
		t.Error("the network was reached from behind the wall")
	}
}
