package fleet

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// remote is a capture to be started on another host. Every member is checked
// before it becomes part of a command.
type remote struct {
	iface   string // checked by interfaceName
	seconds int
	packets int64 // 0: no bound
	snap    int   // bytes; 0: all
	filter  string
}

var (
	// interfaceName is what a network interface may be called; Linux allows 15
	// bytes of nearly anything, others more.
	interfaceName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._:@-]{0,31}$`)
	// expression is what toBPF writes; it means nothing to a shell between
	// double quotes.
	expression = regexp.MustCompile(`^[a-z0-9 ().:/=&\[\]-]*$`)
)

const (
	maxCaptureSeconds     = 24 * 60 * 60
	defaultCaptureSeconds = 60
	slack                 = 1 // seconds

	// bufferKiB is what the host's kernel keeps of packets until tcpdump
	// takes them; its own 2 MiB are soon full.
	bufferKiB = "16384"
)

// captureSeconds are the whole seconds of a limit of time.
func captureSeconds(d time.Duration) int {
	if d <= 0 {
		return defaultCaptureSeconds
	}
	return int(min((d+time.Second-1)/time.Second, maxCaptureSeconds))
}

// script is a line for sh. Its first words are for hosts whose users find no
// /usr/sbin. What the SSH connection itself sends is left out of the capture,
// or each packet would make another one; sshd tells both ends of it.
//
// tcpdump ends when what the script reads is closed, which is when this side
// goes away, however it does: sshd passes signals on only to some users. If
// even that is not noticed, timeout ends it, after slack more than asked for,
// because tcpdump takes packets over from the kernel once a second and forgets
// at its end those that it has not. (--immediate-mode would lose more: its
// buffer has as many places as packets of the greatest length fit in.)
func (r remote) script() (string, error) {
	switch {
	case !interfaceName.MatchString(r.iface):
		return "", fmt.Errorf("the interface %q can't be the name of one", r.iface)
	case !expression.MatchString(r.filter):
		return "", fmt.Errorf("the filter %q can't be sent", r.filter)
	}
	args := []string{"timeout", strconv.Itoa(r.seconds + slack), "tcpdump", "-i", r.iface, "-n", "-U", "-B", bufferKiB, "-s", strconv.Itoa(r.snap)}
	if r.packets > 0 {
		args = append(args, "-c", strconv.FormatInt(r.packets, 10))
	}
	args = append(args, "-w", "-", "--")
	filter := `not (host ${1%%\%*} and tcp port $2 and tcp port $4)`
	if r.filter != "" {
		filter += " and (" + r.filter + ")"
	}
	return remotePath + `set -- $SSH_CONNECTION; ` +
		`[ $# = 4 ] || { echo "sshd does not say SSH_CONNECTION" >&2; exit 1; }; ` +
		`exec 3<&0; ` + strings.Join(args, " ") + ` "` + filter + `" 3<&- & dump=$!; ` +
		`{ cat <&3; kill $dump; } >/dev/null 2>&1 & watch=$!; exec 3<&-; ` +
		`wait $dump; how=$?; kill $watch 2>/dev/null; exit $how`, nil
}

const remotePath = `PATH=$PATH:/usr/sbin:/sbin; export PATH; `

// check is a line for sh that says what a capture would lack.
func (r remote) check() (string, error) {
	if !interfaceName.MatchString(r.iface) {
		return "", fmt.Errorf("the interface %q can't be the name of one", r.iface)
	}
	return remotePath +
		`for p in tcpdump timeout; do command -v $p >/dev/null || echo "$p is not installed there"; done; ` +
		`[ ` + r.iface + ` = any ] || [ ! -d /sys/class/net ] || [ -e /sys/class/net/` + r.iface + ` ] || echo "there is no interface ` + r.iface + `"`, nil
}

// underShell makes a command that every login shell takes for one word more.
func underShell(script string) string {
	return "exec /bin/sh -c '" + strings.ReplaceAll(script, "'", `'\''`) + "'"
}
