package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spoor/internal/meta"
	"spoor/internal/packet"
)

// sshHost is a real OpenSSH server on loopback.
type sshHost struct {
	address    string
	key        string // private, of a user who may log in
	knownHosts string
	dir        string
}

// startSSHD runs sshd with keys and a configuration of its own until the end
// of the test.
func startSSHD(t *testing.T) sshHost {
	t.Helper()
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		sshd = "/usr/sbin/sshd"
	}
	_, missing := os.Stat(sshd)
	_, noTCPDump := exec.LookPath("tcpdump")
	if missing != nil || noTCPDump != nil || os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("sshd and tcpdump are needed, and root to capture")
		}
		t.Skip("sshd and tcpdump are needed, and root to capture")
	}
	h := sshHost{dir: t.TempDir()}
	file := func(name string) string { return filepath.Join(h.dir, name) }
	h.key, h.knownHosts = file("user"), file("known_hosts")
	for _, k := range []struct{ file, kind string }{{"host_ed25519", "ed25519"}, {"host_ecdsa", "ecdsa"}, {"user", "ed25519"}, {"stranger", "ed25519"}} {
		run(t, "ssh-keygen", "-q", "-N", "", "-t", k.kind, "-f", file(k.file))
	}
	run(t, "ssh-keygen", "-q", "-N", "secret", "-t", "ed25519", "-f", file("locked"))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.address = ln.Addr().String()
	_, port, _ := net.SplitHostPort(h.address)
	ln.Close()
	write(t, file("config"), strings.Join([]string{
		"ListenAddress 127.0.0.1", "Port " + port, "HostKey " + file("host_ed25519"), "HostKey " + file("host_ecdsa"),
		"AuthorizedKeysFile " + file("user.pub"), "StrictModes no", "UsePAM no", "PasswordAuthentication no",
		"PidFile none", "PermitRootLogin yes", "LogLevel ERROR", "",
	}, "\n"))
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(sshd, "-D", "-e", "-f", file("config"))
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait() // it was killed
		if t.Failed() {
			t.Logf("sshd: %s", &said)
		}
	})
	for range 200 {
		if conn, err := net.Dial("tcp", h.address); err == nil {
			conn.Close()
			write(t, h.knownHosts, h.line(t, "host_ed25519"))
			return h
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("sshd does not answer: %s", &said)
	return h
}

// line is what a file of known hosts says of this one with that key.
func (h sshHost) line(t *testing.T, key string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, key+".pub"))
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(h.address)
	return fmt.Sprintf("[%s]:%s %s", host, port, text)
}

func (h sshHost) config() SensorConfig {
	return SensorConfig{Name: "host", Kind: KindSSH, URL: "ssh://root@" + h.address, Key: h.key, KnownHosts: h.knownHosts, Interface: "lo"}
}

func (h sshHost) sensor(t *testing.T) *SSH {
	t.Helper()
	s, err := NewSSH(h.config())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// listener takes datagrams on loopback.
func listener(t *testing.T) (*net.UDPConn, uint16) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
}

// send sends one datagram to each of the ports.
func send(t *testing.T, text string, ports ...uint16) {
	t.Helper()
	for _, port := range ports {
		conn, err := net.Dial("udp4", netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port).String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
}

// TestSSH asks a real sshd and a real tcpdump; the tests below are its parts,
// which share the host.
func TestSSH(t *testing.T) {
	h := startSSHD(t)
	// Alone, because the connections of others are in the capture.
	t.Run("ends by itself and leaves itself out", func(t *testing.T) { sshEndsByItself(t, h) })
	for name, part := range map[string]func(*testing.T, sshHost){
		"brings a job its packets":                sshBringsAJob,
		"captures what comes":                     sshCapturesWhatComes,
		"leaves nothing behind when it is closed": sshLeavesNothingBehind,
		"names each fault":                        sshNamesFaults,
		"trusts the host by its key alone":        sshChecksTheHost,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); part(t, h) })
	}
}

// Ensure that a capture by SSH gives the packets that come from now on, each
// as it comes, only those that the filter wants and not more than the limit.
func sshCapturesWhatComes(t *testing.T, h sshHost) {
	s := h.sensor(t)
	_, wanted := listener(t)
	_, other := listener(t)
	in, err := s.Packets(t.Context(), All(Host(netip.MustParseAddr("127.0.0.1")), Proto(protoUDP), Port(wanted)), Limits{Time: time.Minute, Snap: 60})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r, err := packet.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		send(t, fmt.Sprint("packet ", i, strings.Repeat(".", 100)), other, wanted)
		p, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(p.Data, []byte(fmt.Sprint("packet ", i))) || len(p.Data) > 60 || p.OrigLen != 14+28+len("packet 0")+100 {
			t.Errorf("got packet of %d of %d bytes: %q, want packet %d cut at 60", len(p.Data), p.OrigLen, p.Data, i)
		}
		if age := time.Since(p.Time); age < 0 || age > 30*time.Second {
			t.Errorf("got a packet %s old", age)
		}
	}
}

// Ensure that a limit of packets, or the end of the time, is a good end, and
// that the connection that carries the capture is not in it.
func sshEndsByItself(t *testing.T, h sshHost) {
	s := h.sensor(t)
	_, port := listener(t)
	sshd := netip.MustParseAddrPort(h.address).Port()
	read := func(f Filter, l Limits) (n int, self bool) {
		t.Helper()
		in, err := s.Packets(t.Context(), f, l)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		r, err := packet.NewReader(in)
		for ; err == nil; n++ {
			send(t, "hello", port)
			var p packet.Packet
			if p, err = r.Next(); err != nil {
				break
			}
			m := packet.ReadMeta(p.LinkType, p.Data)
			self = self || m.SourcePort == sshd || m.DestinationPort == sshd
		}
		if err != io.EOF {
			t.Fatal(err)
		}
		// Doubt depends on how busy this machine is.
		if end := in.(Ender).End(); end.Limit != "" || end.Packets != -1 {
			t.Errorf("got %+v", end)
		}
		if said := in.(*sshAnswer).said.text(); !strings.Contains(said, "dropped by kernel") {
			t.Errorf("tcpdump said no count of drops: %q", said)
		}
		return n, self
	}
	if n, _ := read(All(Host(netip.MustParseAddr("127.0.0.1")), Not(Host(netip.MustParseAddr("127.0.0.2")))), Limits{Time: time.Minute, Packets: 5}); n != 5 {
		t.Errorf("got %d packets, want 5", n)
	}
	// Of everything there may be more than this reader takes in: other tests
	// use the loopback as well.
	if n, self := read(Any(Port(port), Port(sshd)), Limits{Time: time.Second}); n == 0 || self {
		t.Errorf("got %d packets, of SSH itself: %v", n, self)
	}
}

// running counts the processes that have word in their command line.
func running(t *testing.T, word string) (n int) {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range lines {
		if text, err := os.ReadFile(name); err == nil && bytes.Contains(text, []byte(word)) {
			n++
		}
	}
	return n
}

// Ensure that closing a capture, and cancelling its context, leave no tcpdump
// behind on the host.
func sshLeavesNothingBehind(t *testing.T, h sshHost) {
	s := h.sensor(t)
	_, port := listener(t)
	for name, end := range map[string]func(io.Closer, context.CancelFunc){
		"close":  func(c io.Closer, _ context.CancelFunc) { c.Close() },
		"cancel": func(_ io.Closer, cancel context.CancelFunc) { cancel() },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		seconds := 70_000 + int(port)%10_000 // no other process has this number
		in, err := s.Packets(ctx, Port(port), Limits{Time: time.Duration(seconds) * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if running(t, fmt.Sprint(seconds+slack)) == 0 {
			t.Fatal("no capture is running")
		}
		end(in, cancel)
		if _, err := io.Copy(io.Discard, in); err == nil {
			t.Errorf("%s: the stream ended as if it were whole", name)
		}
		in.Close() // waits for the end
		if n := running(t, fmt.Sprint(seconds+slack)); n != 0 {
			t.Errorf("%s: %d processes are left", name, n)
		}
		cancel()
	}
}

// Ensure that a host is trusted by its key alone, and that what is refused is
// refused with words that help.
func sshChecksTheHost(t *testing.T, h sshHost) {
	h.knownHosts = filepath.Join(t.TempDir(), "known_hosts")
	health := func(known string) error {
		t.Helper()
		write(t, h.knownHosts, known)
		s, err := NewSSH(h.config())
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Health(t.Context())
		if err == nil && got != (Health{}) {
			t.Errorf("got %+v", got)
		}
		return err
	}
	err := health("# nobody\n")
	if err == nil || !strings.Contains(err.Error(), "is not known: its key is ") || !strings.Contains(err.Error(), "SHA256:") {
		t.Fatalf("unknown: got %v", err)
	}
	_, line, _ := strings.Cut(err.Error(), h.knownHosts+": ")
	if err := health(line + "\n"); err != nil {
		t.Errorf("with the line that was told: got %v", err)
	}
	// Every host has several keys; one that is known is enough.
	for _, key := range []string{"host_ed25519", "host_ecdsa"} {
		if err := health(h.line(t, key)); err != nil {
			t.Errorf("%s: got %v", key, err)
		}
	}
	if err := health(strings.Replace(h.line(t, "user"), "user", "", 1)); err == nil || !strings.Contains(err.Error(), "another key") || strings.Count(err.Error(), "SHA256:") != 2 {
		t.Errorf("another: got %v", err)
	}
	if err := health("@revoked " + h.line(t, "host_ed25519") + h.line(t, "host_ed25519")); err == nil || !strings.Contains(err.Error(), "revoked") {
		t.Errorf("revoked: got %v", err)
	}
}

// Ensure that each thing that can be wrong is told by name.
func sshNamesFaults(t *testing.T, h sshHost) {
	ask := func(change func(*SensorConfig)) error {
		c := h.config()
		change(&c)
		s, err := NewSSH(c)
		if err != nil {
			return err
		}
		in, err := s.Packets(t.Context(), Proto(protoUDP), Limits{Time: time.Second})
		if err == nil {
			in.Close()
		}
		return err
	}
	for want, change := range map[string]func(*SensorConfig){
		"refuses user root with the key":   func(c *SensorConfig) { c.Key = filepath.Join(h.dir, "stranger") },
		"protected by a passphrase":        func(c *SensorConfig) { c.Key = filepath.Join(h.dir, "locked") },
		"is no private key":                func(c *SensorConfig) { c.Key = h.knownHosts },
		"no such file":                     func(c *SensorConfig) { c.KnownHosts = "missing" },
		"nosuch0: No such device exists":   func(c *SensorConfig) { c.Interface = "nosuch0" },
		"can't be reached":                 func(c *SensorConfig) { c.URL = "ssh://root@127.0.0.1:1" },
		"holds a password":                 func(c *SensorConfig) { c.URL = "ssh://root:x@" + h.address },
		"names no user":                    func(c *SensorConfig) { c.URL = "ssh://" + h.address },
		"interface \"lo;id\"":              func(c *SensorConfig) { c.Interface = "lo;id" },
		"interface \"--version\"":          func(c *SensorConfig) { c.Interface = "--version" },
		"must begin with ssh://":           func(c *SensorConfig) { c.URL = "https://root@" + h.address },
		"knownhosts is missing":            func(c *SensorConfig) { c.KnownHosts = "" },
		"key is missing: it names a priva": func(c *SensorConfig) { c.Key = "" },
	} {
		if err := ask(change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	s, err := NewSSH(func() SensorConfig { c := h.config(); c.Interface = "nosuch0"; return c }())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Health(t.Context()); err != nil || got.Warning != "there is no interface nosuch0" {
		t.Errorf("health: got %+v, %v", got, err)
	}
	if _, err := h.sensor(t).Packets(t.Context(), MPLS(7), Limits{}); err == nil || !strings.Contains(err.Error(), "no words") {
		t.Errorf("mpls: got %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("not wanted"))
	if _, err := h.sensor(t).Packets(ctx, Port(1), Limits{}); err == nil {
		t.Error("a cancelled question was asked")
	}
}

// Ensure that counts of lost packets, as tcpdump prints them, cast doubt.
func TestSSHDropsAreTold(t *testing.T) {
	a := &sshAnswer{said: &tail{}}
	io.WriteString(a.said, "tcpdump: listening on lo\n5 packets captured\n12 packets received by filter\n7 packets dropped by kernel\n1 packet dropped by interface\n")
	if got := a.End().Doubt; !strings.HasSuffix(got, "7 packets dropped by the kernel, 1 packets dropped by the interface") {
		t.Errorf("got %q", got)
	}
}

// Ensure that a word for a shell stays that word, whatever is in it.
func TestUnderShellKeepsTheScript(t *testing.T) {
	for _, text := range []string{"echo hello", `printf '%s' "a b" 'c'"d"`, "printf 'it'\\''s $HOME `id` \\ ! #'", "printf '\n*'"} {
		want, err1 := exec.Command("sh", "-c", text).Output()
		got, err2 := exec.Command("sh", "-c", underShell(text)).Output()
		if err1 != nil || err2 != nil || string(got) != string(want) {
			t.Errorf("%q: got %q (%v), want %q (%v)", text, got, err2, want, err1)
		}
	}
	for _, r := range []remote{{iface: "lo", filter: `tcp" ; id; "`}, {iface: "lo", filter: "$(id)"}, {iface: "lo", filter: "`id`"}, {iface: "lo", filter: "tcp\nudp"}, {iface: "lo' "}, {iface: "-w"}, {iface: ""}} {
		if script, err := r.script(); err == nil {
			t.Errorf("%+v: got %s", r, script)
		}
	}
}

// sshBringsAJob asks by way of a job, whose filter says more than tcpdump can.
func sshBringsAJob(t *testing.T, h sshHost) {
	db, err := meta.Open(filepath.Join(t.TempDir(), "meta.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	stored := make(chan int, 100)
	m, err := NewManager(db, []Sensor{h.sensor(t)}, func(_ context.Context, b Batch) error {
		stored <- len(b.Packets)
		return nil
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- m.Run(ctx) }()
	defer func() { cancel(); <-ran }()
	ended, streaming := make(chan Job, 10), make(chan bool, 100)
	stop := m.Subscribe(func(j Job) {
		switch {
		case j.State.Ended():
			ended <- j
		case j.Sensors[0].State == Streaming:
			streaming <- true
		}
	})
	defer stop()
	_, port := listener(t)
	_, other := listener(t)
	_, err = m.Submit(ctx, Request{Query: fmt.Sprintf("udp and (port %d or (port %d and mpls 5))", port, other), MaxSeconds: 2})
	if err != nil {
		t.Fatal(err)
	}
	<-streaming
	for range 3 {
		send(t, "hello", other, port)
	}
	j := <-ended
	s := j.Sensors[0]
	if s.State != Done || s.Packets != 3 || s.Cut != 3 || s.Limit != "" {
		t.Errorf("got %+v", s)
	}
	if len(stored) == 0 {
		t.Error("nothing was stored")
	}
}
