package fleet_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"spoor/internal/demo"
	"spoor/internal/pki"
)

// Ensure that packets come back whole from two real Stenographers with the
// certificates that their own script would have made.
func TestRealStenographersAnswerLikeTshark(t *testing.T) {
	dir := t.TempDir()
	facts, err := demo.Write(dir, demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var captures []string
	for _, r := range facts.Regions {
		captures = append(captures, filepath.Join(dir, r.Capture))
	}
	host, port := facts.Suspect, facts.Port
	askReal(t, pki.Options{Stock: true}, []question{
		{fmt.Sprintf("host %s", host), fmt.Sprintf("ip.addr == %s", host)},
		{fmt.Sprintf("host %s and port %d", host, port), fmt.Sprintf("ip.addr == %s && tcp.port == %d", host, port)},
		{"udp and port 53", "udp.port == 53"},
		{"tcp and (port 80 or port 443)", "tcp.port == 80 || tcp.port == 443"},
	}, captures...)
}
