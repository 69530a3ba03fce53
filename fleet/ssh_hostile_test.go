package fleet

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// muteHost is an SSH server that lets everybody log in and hands every channel
// that is asked for to answer.
func muteHost(t *testing.T, answer func(ssh.NewChannel)) *SSH {
	t.Helper()
	_, hostKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(hostKey)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }}
	config.AddHostKey(signer)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return // the test has ended
			}
			go func() {
				defer conn.Close()
				_, channels, requests, err := ssh.NewServerConn(conn, config)
				if err != nil {
					return
				}
				go ssh.DiscardRequests(requests)
				for c := range channels {
					answer(c)
				}
			}()
		}
	}()
	dir := t.TempDir()
	block, err := ssh.MarshalPrivateKey(hostKey, "")
	if err != nil {
		t.Fatal(err)
	}
	key, known := filepath.Join(dir, "key"), filepath.Join(dir, "known_hosts")
	write(t, key, string(pem.EncodeToMemory(block)))
	write(t, known, knownhosts.Line([]string{ln.Addr().String()}, signer.PublicKey())+"\n")
	s, err := NewSSH(SensorConfig{Name: "mute", Kind: KindSSH, URL: "ssh://root@" + ln.Addr().String(), Key: key, KnownHosts: known, Interface: "lo"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Ensure that a host which lets us log in and then answers nothing holds
// nobody longer than he wants to wait.
func TestSSHHostThatAnswersNothingIsGivenUp(t *testing.T) {
	for name, answer := range map[string]func(ssh.NewChannel){
		"opens no session": func(ssh.NewChannel) {},
		"starts no command": func(c ssh.NewChannel) {
			if ch, _, err := c.Accept(); err == nil { // its requests are never answered
				t.Cleanup(func() { ch.Close() })
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := muteHost(t, answer)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			ended := make(chan error, 1)
			go func() {
				in, err := s.Packets(ctx, Host(netip.MustParseAddr("127.0.0.1")), Limits{Time: time.Minute})
				if err == nil {
					in.Close()
				}
				ended <- err
			}()
			select {
			case err := <-ended:
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want the end of the time", err)
				}
			case <-time.After(10 * time.Second):
				t.Error("still waits for the host after ten seconds")
			}
		})
	}
}
