package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// SSH is a Sensor that captures on a host from the question on: it runs
// tcpdump there and reads what that writes.
type SSH struct {
	config  SensorConfig
	address string
	iface   string
	client  *ssh.ClientConfig
}

var _ Sensor = (*SSH)(nil)

const (
	sshPort          = "22"
	defaultInterface = "any"
	sshTimeout       = 15 * time.Second // for connecting, and for a first answer
	sshGrace         = 3 * time.Second  // for tcpdump to end
)

// checkSSH says what is wrong with the configuration of a sensor that is
// reached by SSH.
func (c SensorConfig) checkSSH() error {
	u, err := url.Parse(c.URL)
	switch {
	case c.URL == "":
		return errors.New("url is missing: it looks like ssh://user@10.0.0.1:22")
	case err != nil:
		return fmt.Errorf("its url can't be read: %w", err)
	case u.Scheme != "ssh":
		return fmt.Errorf("its url %q must begin with ssh://", u.Redacted())
	case u.Hostname() == "":
		return fmt.Errorf("its url %q names no host", u.Redacted())
	case u.User == nil || u.User.Username() == "":
		return fmt.Errorf("its url %q names no user: ssh://user@%s", u.Redacted(), u.Host)
	case strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.Fragment != "":
		return fmt.Errorf("its url %q must end after the port", u.Redacted())
	case c.Interface != "" && !interfaceName.MatchString(c.Interface):
		return fmt.Errorf("its interface %q can't be the name of one", c.Interface)
	case c.Key == "":
		return errors.New("key is missing: it names a private key as ssh-keygen makes it, without a passphrase")
	case c.KnownHosts == "":
		return errors.New("knownhosts is missing: it names a file with the host's key, as ssh-keyscan and ssh write it")
	}
	if _, ok := u.User.Password(); ok {
		return errors.New("its url holds a password: hosts are reached by key")
	}
	return nil
}

// NewSSH returns the sensor that c describes. It reads key and known hosts; an
// error names the file and its fault. Nothing is connected yet.
func NewSSH(c SensorConfig) (*SSH, error) {
	c, err := c.Normal()
	if err != nil {
		return nil, err
	}
	if c.Kind != KindSSH {
		return nil, fmt.Errorf("sensor %q: its kind is %q, not %s", c.ID, c.Kind, KindSSH)
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("sensor %q: %w", c.ID, err)
	}
	port := u.Port()
	if port == "" {
		port = sshPort
	}
	s := &SSH{config: c, address: net.JoinHostPort(u.Hostname(), port), iface: c.Interface}
	if s.iface == "" {
		s.iface = defaultInterface
	}
	key, err := readSSHKey(c.Key)
	if err != nil {
		return nil, fmt.Errorf("sensor %q: key: %w", c.ID, err)
	}
	hosts, err := readKnownHosts(c.KnownHosts, s.address)
	if err != nil {
		return nil, fmt.Errorf("sensor %q: knownhosts: %w", c.ID, err)
	}
	s.client = &ssh.ClientConfig{
		User:              u.User.Username(),
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback:   hosts.check,
		HostKeyAlgorithms: hosts.algorithms,
		Timeout:           sshTimeout,
	}
	return s, nil
}

func openSSH(c SensorConfig) (Sensor, error) {
	s, err := NewSSH(c)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func readSSHKey(file string) (ssh.Signer, error) {
	text, err := readPEM(file)
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, fmt.Errorf("%s is protected by a passphrase: it must be stored without one", file)
	case err != nil:
		return nil, fmt.Errorf("%s is no private key: %w", file, err)
	}
	return key, nil
}

// Config returns what the sensor was made of, defaults filled in.
func (s *SSH) Config() SensorConfig { return s.config }

// Traits say that it has nothing old.
func (s *SSH) Traits() Traits { return Traits{Live: true} }

// Packets starts tcpdump on the host, with what f asks for in tcpdump's words,
// for as long as l says (a minute if it does not), and returns when tcpdump
// captures. The stream ends when the time is over or a limit is reached.
// Closing it ends tcpdump.
func (s *SSH) Packets(ctx context.Context, f Filter, l Limits) (io.ReadCloser, error) {
	a, err := s.capture(ctx, f, l)
	if err != nil {
		return nil, fmt.Errorf("capture on %s at %s: %w", s.config.ID, s.address, err)
	}
	return a, nil
}

func (s *SSH) capture(ctx context.Context, f Filter, l Limits) (*sshAnswer, error) {
	text, exact, err := f.toBPF()
	if err != nil {
		return nil, err
	}
	r := remote{iface: s.iface, seconds: captureSeconds(l.Time), snap: max(l.Snap, 0), filter: text}
	if exact {
		r.packets = l.Packets
	}
	script, err := r.script()
	if err != nil {
		return nil, err
	}
	client, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.start(ctx, client, underShell(script))
	if err != nil {
		client.Close()
		return nil, err
	}
	if err := a.begin(ctx); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// start runs a command on a host, which may never answer, and sees to it that
// it ends with ctx.
func (s *SSH) start(ctx context.Context, client *ssh.Client, command string) (*sshAnswer, error) {
	short, cancel := context.WithTimeout(ctx, sshTimeout)
	defer cancel()
	// Closing the connection ends a request that knows nothing of contexts.
	unhook := context.AfterFunc(short, func() { client.Close() })
	a, err := startSSH(client, command)
	switch inTime := unhook(); {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case !inTime:
		return nil, fmt.Errorf("the host starts nothing in %s", sshTimeout)
	case err != nil:
		return nil, err
	}
	ready := make(chan struct{})
	a.unhook = context.AfterFunc(ctx, func() {
		<-ready // Close unhooks
		a.Close()
	})
	close(ready)
	return a, nil
}

// dial connects and logs in.
func (s *SSH) dial(ctx context.Context) (*ssh.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, sshTimeout)
	defer cancel()
	dialer := net.Dialer{KeepAlive: 15 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, explain(err)
	}
	// Closing the connection ends a handshake that knows nothing of contexts.
	unhook := context.AfterFunc(ctx, func() { conn.Close() })
	c, channels, requests, err := ssh.NewClientConn(conn, s.address, s.client)
	if !unhook() && err == nil {
		c.Close()
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, s.explainLogin(ctx, err)
	}
	return ssh.NewClient(c, channels, requests), nil
}

func (s *SSH) explainLogin(ctx context.Context, err error) error {
	var unknown *hostKeyError
	switch {
	case errors.As(err, &unknown):
		return unknown
	case ctx.Err() != nil:
		return fmt.Errorf("no answer in %s: %w", sshTimeout, ctx.Err())
	case strings.Contains(err.Error(), "unable to authenticate"):
		return fmt.Errorf("the host refuses user %s with the key %s: its public half must stand in ~%s/.ssh/authorized_keys there", s.client.User, s.config.Key, s.client.User)
	}
	return fmt.Errorf("log in: %w", err)
}

// Health logs in and looks for what a capture needs.
func (s *SSH) Health(ctx context.Context) (Health, error) {
	ctx, cancel := context.WithTimeout(ctx, sshTimeout)
	defer cancel()
	h, err := s.look(ctx)
	if err != nil {
		return Health{}, fmt.Errorf("sensor %s at %s: %w", s.config.ID, s.address, err)
	}
	return h, nil
}

func (s *SSH) look(ctx context.Context) (Health, error) {
	script, err := remote{iface: s.iface}.check()
	if err != nil {
		return Health{}, err
	}
	client, err := s.dial(ctx)
	if err != nil {
		return Health{}, err
	}
	defer client.Close()
	unhook := context.AfterFunc(ctx, func() { client.Close() })
	defer unhook()
	session, err := client.NewSession()
	if err != nil {
		return Health{}, fmt.Errorf("open a session: %w", err)
	}
	var said tail
	session.Stdout, session.Stderr = &said, &said
	if err := session.Run(underShell(script)); ctx.Err() != nil {
		return Health{}, ctx.Err()
	} else if err != nil && said.text() == "" {
		return Health{}, fmt.Errorf("look for tcpdump: %w", err)
	}
	return Health{Warning: said.text()}, nil
}
