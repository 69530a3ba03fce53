package fleettest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"spoor/fleet"
	"spoor/internal/packet"
	"spoor/internal/pki"
)

// Tool is a program that a test needs, and the Debian package it comes in.
type Tool struct{ Name, Package string }

// Real is a running Stenographer that has recorded a capture.
type Real struct {
	Config fleet.SensorConfig
	// Frames are what it was given to record. It has recorded the same
	// bytes, with the time of the recording.
	Frames []packet.Packet

	pki     pki.Options
	server  *process
	maxOpen int
	times   int // that the capture is recorded; 0 is once
	dir, ns string
	files   pki.Files
	port    int
	stops   []func() error // in the order of starting
}

// realCount makes the names of namespaces of one process differ.
var realCount atomic.Int64

// RealStenographer records a capture file with stenotype, in a network
// namespace of its own, and serves it with the real stenographer until the
// test ends. Frames must be Ethernet, without VLAN tags (the kernel takes them
// off) and of 65,536 bytes at most (longer ones would cut its answers). The test
// is skipped when a tool is missing or the user is not root; in CI (the
// environment variable is set) it fails instead.
func RealStenographer(t testing.TB, pcapFile string) *Real {
	t.Helper()
	return RealStenographers(t, pki.Options{}, pcapFile)[0]
}

// RealStenographers does the same for several captures side by side, one
// recorder each, with certificates as the options say.
func RealStenographers(t testing.TB, o pki.Options, pcapFiles ...string) []*Real {
	t.Helper()
	NeedTools(t, Tool{"stenographer", "stenographer"}, Tool{"stenotype", "stenographer"},
		Tool{"tcpreplay", "tcpreplay"}, Tool{"ip", "iproute2"})
	if os.Getuid() != 0 {
		Skip(t, "recording needs root")
	}
	all := make([]*Real, len(pcapFiles))
	for i := range all {
		all[i] = &Real{pki: o, dir: t.TempDir(), ns: fmt.Sprintf("spoor%d-%d", os.Getpid(), realCount.Add(1))}
		t.Cleanup(func() {
			if err := all[i].stop(); err != nil {
				t.Errorf("stop recorder %s: %v", all[i].ns, err)
			}
		})
	}
	errs := make([]error, len(all))
	var starting sync.WaitGroup
	for i, r := range all {
		starting.Go(func() { errs[i] = r.start(pcapFiles[i]) })
	}
	starting.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return all
}

// Record records a capture in a folder, so many times over, and serves it, for
// programs that are no tests. Stop ends it. It needs root and the tools.
func Record(dir, pcapFile string, times int) (*Real, error) {
	r := &Real{dir: dir, ns: fmt.Sprintf("spoor%d-%d", os.Getpid(), realCount.Add(1)), times: times}
	if err := r.start(pcapFile); err != nil {
		return nil, errors.Join(err, r.stop())
	}
	return r, nil
}

// Stop ends the server, and what recorded.
func (r *Real) Stop() error { return r.stop() }

// NeedTools skips the test, or fails it in CI, when a program is missing.
func NeedTools(t testing.TB, tools ...Tool) {
	t.Helper()
	for _, n := range tools {
		if _, err := findTool(n.Name); err != nil {
			Skip(t, fmt.Sprintf("%s is not installed (Debian package %s)", n.Name, n.Package))
		}
	}
}

// Skip skips the test with a reason, or fails it in CI, where nothing may be
// left out.
func Skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal("in CI nothing is skipped: " + reason)
	}
	t.Skip(reason)
}

// findTool looks where an administrator's programs are, too.
func findTool(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/" + name)
}

func (r *Real) start(pcapFile string) error {
	steps := []struct {
		what string
		do   func() error
	}{
		{"read " + pcapFile, func() (err error) { r.Frames, err = readFile(pcapFile); return err }},
		{"make certificates", r.certificates},
		{"make namespace", r.namespace},
		{"record", func() error { return r.record(pcapFile) }},
		{"serve", r.serve},
		{"wait until it answers", func() error { return r.ready(r.count()) }},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("recorder %s: %s: %w", r.ns, s.what, err)
		}
	}
	return nil
}

// stop undoes what was started, last first.
func (r *Real) stop() error {
	var errs []error
	for i := len(r.stops) - 1; i >= 0; i-- {
		errs = append(errs, r.stops[i]())
	}
	r.stops = nil
	return errors.Join(errs...)
}

func (r *Real) certificates() (err error) {
	if r.files, err = pki.WriteRegion(r.path("certs"), r.pki); err != nil {
		return err
	}
	if r.port, err = freePort(); err != nil {
		return err
	}
	r.Config, err = fleet.SensorConfig{
		Name: r.ns, URL: fmt.Sprintf("https://127.0.0.1:%d", r.port),
		CA: r.files.CA, Cert: r.files.Client, Key: r.files.ClientKey,
	}.Normal()
	return err
}

func (r *Real) namespace() error {
	if err := run("ip", "netns", "add", r.ns); err != nil {
		return err
	}
	r.stops = append(r.stops, func() error { return run("ip", "netns", "delete", r.ns) })
	// Without IPv6 the kernel sends nothing of its own over the pair.
	for _, which := range []string{"default", "all"} {
		file := "/proc/sys/net/ipv6/conf/" + which + "/disable_ipv6"
		if err := run("ip", "netns", "exec", r.ns, "sh", "-c", "test ! -e "+file+" || echo 1 > "+file); err != nil {
			return err
		}
	}
	// Captures from the ends of a connection hold frames of up to 64 KiB,
	// which no wire has seen.
	for _, args := range []string{
		"link add cap0 mtu 65535 type veth peer name inj0 mtu 65535",
		"link set cap0 up",
		"link set inj0 up",
	} {
		if err := run("ip", append([]string{"-n", r.ns}, strings.Fields(args)...)...); err != nil {
			return err
		}
	}
	return nil
}

// record has stenotype write the frames to PKT0 and IDX0.
func (r *Real) record(pcapFile string) error {
	for _, d := range []string{"PKT0", "IDX0", "tmp"} {
		if err := os.MkdirAll(r.path(d), 0o700); err != nil {
			return err
		}
	}
	stenotype, err := findTool("stenotype")
	if err != nil {
		return err
	}
	p, err := r.launch(nil, "ip", "netns", "exec", r.ns, stenotype, "-v", "--dir="+r.dir, "--threads=1",
		"--iface=cap0", "--blocks=16", "--aiops=16", "--filesize_mb=16", "--blockage_sec=1",
		"--no_watchdogs", "--seccomp=none", "--uid=root", "--gid=root", fmt.Sprintf("--count=%d", r.count()))
	if err != nil {
		return err
	}
	if err := p.waitFor("starting to process", 10*time.Second); err != nil {
		return err
	}
	// As fast as it goes, but where much is recorded: no frame may be lost.
	send := []string{"netns", "exec", r.ns, "tcpreplay", "-q", "-i", "inj0", "-t", pcapFile}
	if r.times > 1 {
		send = []string{"netns", "exec", r.ns, "tcpreplay", "-q", "-K", "-i", "inj0", "-M", "200", "-l", fmt.Sprint(r.times), pcapFile}
	}
	if err := run("ip", send...); err != nil {
		return err
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(15 * time.Second):
		return fmt.Errorf("stenotype has not seen all of %d frames 15 s after they were sent: %s", r.count(), p.tail())
	}
}

// count is how many frames are recorded.
func (r *Real) count() int { return max(r.times, 1) * len(r.Frames) }

// serve starts stenographer on what was recorded. Its recorder is a stub
// that ends with it.
func (r *Real) serve() error {
	stub := "#!/bin/sh\nwhile kill -0 $PPID 2>/dev/null; do sleep 0.2; done\n"
	if err := os.WriteFile(r.path("stub.sh"), []byte(stub), 0o700); err != nil {
		return err
	}
	config, err := json.Marshal(map[string]any{
		"Threads": []any{map[string]any{
			"PacketsDirectory": r.path("PKT0"), "IndexDirectory": r.path("IDX0"), "DiskFreePercentage": 1,
		}},
		"StenotypePath": r.path("stub.sh"), "Interface": "none",
		"MaxOpenFiles": max(r.maxOpen, 0), "Port": r.port, "Host": "127.0.0.1", "CertPath": r.path("certs"), "Flags": []string{},
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.path("config"), config, 0o600); err != nil {
		return err
	}
	stenographer, err := findTool("stenographer")
	if err != nil {
		return err
	}
	r.server, err = r.launch([]string{"TMPDIR=" + r.path("tmp")}, stenographer, "--config="+r.path("config"), "--syslog=false")
	return err
}

// Kill ends the server at once, as a crash would.
func (r *Real) Kill(t testing.TB) {
	t.Helper()
	if err := r.server.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	<-r.server.ended
}

// Restart serves what is in the folders now, and waits until that many
// packets come back.
func (r *Real) Restart(t testing.TB, packets int) {
	t.Helper()
	r.Kill(t)
	if err := r.serve(); err != nil {
		t.Fatal(err)
	}
	if err := r.ready(packets); err != nil {
		t.Fatal(err)
	}
}

// MaxOpen bounds how many files the server holds open, from the next Restart
// on: of others it opens one anew for every question.
func (r *Real) MaxOpen(files int) { r.maxOpen = files }

// Files returns the names of the files that packets and their indexes lie in,
// which are the microseconds of 1970 in which each began. A packet file has
// the name of its index, in another folder.
func (r *Real) Files(t testing.TB) (packets, indexes []string) {
	t.Helper()
	var err error
	if packets, err = filepath.Glob(r.path("PKT0/[0-9]*")); err != nil || len(packets) == 0 {
		t.Fatalf("no packet files: %v", err)
	}
	for _, p := range packets {
		indexes = append(indexes, r.path("IDX0/"+filepath.Base(p)))
	}
	return packets, indexes
}

// ready polls until so many packets come back.
func (r *Real) ready(packets int) error {
	s, err := fleet.NewStenographer(r.Config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		n, err := countAll(ctx, s)
		if err == nil && n == packets {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d frames come back (%v)", n, packets, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func countAll(ctx context.Context, s fleet.Sensor) (int, error) {
	body, err := s.Packets(ctx, fleet.After(time.Unix(0, 0)), fleet.Limits{})
	if err != nil {
		return 0, err
	}
	defer body.Close()
	c, err := packet.NewReader(body)
	if err != nil {
		return 0, err
	}
	all, err := readAll(c)
	return len(all), err
}

func readAll(r *packet.Reader) ([]packet.Packet, error) {
	var all []packet.Packet
	for {
		p, err := r.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		p.Data = bytes.Clone(p.Data)
		all = append(all, p)
	}
}

func (r *Real) path(name string) string { return filepath.Join(r.dir, name) }

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func run(name string, args ...string) error {
	path, err := findTool(name)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, path, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// process is a program in the background and what it prints.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended
	more  chan struct{} // has an element when it has printed

	mu  sync.Mutex // guards out
	out bytes.Buffer
}

// launch starts a program, which is killed by its number when r stops:
// stenotype pays no heed to a polite request while it has nothing to do.
func (r *Real) launch(env []string, name string, args ...string) (*process, error) {
	path, err := findTool(name)
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(path, args...), ended: make(chan struct{}), more: make(chan struct{}, 1)}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Dir = r.dir
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.cmd.WaitDelay = time.Second // a child of its may keep the output open
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.cmd.Wait() // how it ended shows in what it printed
		close(p.ended)
	}()
	r.stops = append(r.stops, func() error {
		if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		<-p.ended
		return nil
	})
	return p, nil
}

// Write keeps the first MiB of what the program prints.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	if p.out.Len() < 1<<20 {
		p.out.Write(b)
	}
	p.mu.Unlock()
	select {
	case p.more <- struct{}{}:
	default: // somebody is to look at it already
	}
	return len(b), nil
}

func (p *process) tail() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.out.Bytes()
	return string(out[max(0, len(out)-2000):])
}

// waitFor returns when the program has printed text.
func (p *process) waitFor(text string, most time.Duration) error {
	late := time.After(most)
	for {
		p.mu.Lock()
		found := strings.Contains(strings.ToLower(p.out.String()), text)
		p.mu.Unlock()
		if found {
			return nil
		}
		select {
		case <-p.more:
		case <-p.ended:
			return fmt.Errorf("%s ended: %s", p.cmd.Path, p.tail())
		case <-late:
			return fmt.Errorf("%s has not said %q in %s: %s", p.cmd.Path, text, most, p.tail())
		}
	}
}
