package fleet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"spoor/internal/packet"
)

// sshAnswer is what a tcpdump on another host writes.
type sshAnswer struct {
	client  *ssh.Client
	session *ssh.Session
	stdin   io.Closer
	in      *bufio.Reader
	said    *tail
	unhook  func() bool

	exited chan struct{} // closed when tcpdump has ended, after how was set
	how    error

	closing sync.Once
	closed  chan struct{}
}

var _ Ender = (*sshAnswer)(nil)

// startSSH runs a command.
func startSSH(client *ssh.Client, command string) (*sshAnswer, error) {
	session, err := client.NewSession()
	if err != nil {
		return nil, fmt.Errorf("open a session: %w", err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stdin, err := session.StdinPipe()
	if err != nil {
		return nil, err
	}
	a := &sshAnswer{
		client: client, session: session, stdin: stdin, said: &tail{},
		in:     bufio.NewReaderSize(out, 64<<10),
		exited: make(chan struct{}), closed: make(chan struct{}),
	}
	session.Stderr = a.said
	if err := session.Start(command); err != nil {
		return nil, fmt.Errorf("start tcpdump: %w", err)
	}
	go func() {
		a.how = session.Wait()
		close(a.exited)
	}()
	return a, nil
}

// begin waits for the head of the capture, which tcpdump writes at once.
func (a *sshAnswer) begin(ctx context.Context) error {
	late := time.AfterFunc(sshTimeout, func() { a.client.Close() })
	head, err := a.in.Peek(4)
	switch inTime := late.Stop(); {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !inTime:
		return fmt.Errorf("no capture began in %s; the host says %s", sshTimeout, orNothing(a.said.text()))
	case err == nil && !packet.IsCapture(head):
		return fmt.Errorf("the host answers no capture: it begins with %q", head)
	case errors.Is(err, io.EOF):
		if err := a.failure(); err != nil {
			return err
		}
		return errors.New("tcpdump ended before it captured")
	}
	return err
}

// Read returns what tcpdump writes. It ends in an error when tcpdump did.
func (a *sshAnswer) Read(b []byte) (int, error) {
	n, err := a.in.Read(b)
	if n > 0 || err == nil {
		return n, nil
	}
	select {
	case <-a.closed:
		return 0, errClosed
	default:
	}
	if err != io.EOF {
		return 0, explain(err)
	}
	if err := a.failure(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

var errClosed = errors.New("the capture was ended")

// timedOut is what timeout(1) exits with when the time was over.
const timedOut = 124

// failure says why tcpdump ended; nil when its time was over, or a limit
// reached.
func (a *sshAnswer) failure() error {
	select {
	case <-a.exited:
	case <-time.After(sshGrace):
		return errors.New("tcpdump closed its output and goes on")
	}
	var exit *ssh.ExitError
	switch {
	case a.how == nil:
		return nil
	case errors.As(a.how, &exit) && exit.ExitStatus() == timedOut:
		return nil
	case errors.As(a.how, &exit) && a.said.text() != "":
		return fmt.Errorf("tcpdump ended with status %d: %s", exit.ExitStatus(), a.said.text())
	}
	return fmt.Errorf("tcpdump did not say how it ended, the connection may have broken: %w", a.how)
}

// Close ends tcpdump by closing what its script reads, and waits a little for
// that; what comes later, the end of the connection does. A host that takes
// nothing more would keep even the closing waiting.
func (a *sshAnswer) Close() error {
	a.closing.Do(func() {
		a.unhook()
		close(a.closed)
		late := time.AfterFunc(sshGrace, func() { a.client.Close() })
		defer late.Stop()
		a.stdin.Close() // fails only if the other side is gone
		select {
		case <-a.exited:
		case <-time.After(sshGrace):
		}
		a.client.Close()
	})
	return nil
}

// dropped finds what tcpdump says at its end: "3 packets dropped by kernel".
var dropped = regexp.MustCompile(`(?m)(\d+) packets? dropped by (kernel|interface)`)

// End says which limit was reached, and how many packets the host was too
// slow for.
func (a *sshAnswer) End() End {
	e := End{Packets: -1}
	var lost []string
	for _, m := range dropped.FindAllStringSubmatch(a.said.text(), -1) {
		if n, err := strconv.ParseUint(m[1], 10, 63); err == nil && n > 0 {
			lost = append(lost, fmt.Sprintf("%d packets dropped by the %s", n, m[2]))
		}
	}
	if lost != nil {
		e.Doubt = "the host was too slow for all packets, tcpdump says: " + strings.Join(lost, ", ")
	}
	return e
}

// tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex // guards end
	end []byte
}

const maxTail = 2 << 10 // bytes

// Write never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, b[max(0, len(b)-maxTail):]...)
	t.end = t.end[max(0, len(t.end)-maxTail):]
	return len(b), nil
}

// text returns the last lines, joined, as text that can be shown.
func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	const most = 6 // lines
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(t.end), "?")), "\n")
	lines = lines[max(0, len(lines)-most):]
	for i, l := range lines {
		lines[i] = strings.Map(func(r rune) rune {
			if r < ' ' {
				return -1
			}
			return r
		}, l)
	}
	return strings.Join(lines, "; ")
}
