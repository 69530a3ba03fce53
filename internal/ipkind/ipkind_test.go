package ipkind

import (
	"net/netip"
	"testing"
)

func TestKinds(t *testing.T) {
	tests := []struct {
		addr          string
		public, never bool
	}{
		{"8.8.8.8", true, false},
		{"10.0.0.1", false, false},
		{"172.31.255.255", false, false},
		{"172.32.0.0", true, false},
		{"192.168.1.1", false, false},
		{"127.0.0.1", false, false},
		{"0.0.0.0", false, true},
		{"100.64.0.1", false, false},
		{"100.100.100.200", false, true},
		{"168.63.129.16", true, true},
		{"169.254.169.254", false, true},
		{"224.0.0.251", false, true},
		{"255.255.255.255", false, true},
		{"203.0.113.9", false, false},
		{"2001:4860:4860::8888", true, false},
		{"2001:db8::1", false, false},
		{"::1", false, false},
		{"::", false, true},
		{"fe80::1%eth0", false, true},
		{"fd00::1", false, false},
		{"fd00:ec2::254", false, true},
		{"ff02::fb", false, true},
		{"::ffff:10.0.0.1", false, false},
		{"::ffff:169.254.169.254", false, true},
		{"64:ff9b::a9fe:a9fe", false, true},
		{"64:ff9b::808:808", true, false},
		{"2002:a00:1::", false, false},
	}
	for _, tt := range tests {
		a := netip.MustParseAddr(tt.addr)
		if Public(a) != tt.public || Never(a) != tt.never {
			t.Errorf("%s: got public %v, never %v, want %v, %v", tt.addr, Public(a), Never(a), tt.public, tt.never)
		}
	}
	if !Never(netip.Addr{}) || Public(netip.Addr{}) {
		t.Error("no address: got one that can be reached")
	}
}
