package communityid

import (
	"net/netip"
	"testing"
)

// The vectors are those of the specification's baseline.
func TestOfIsThatOfTheSpecification(t *testing.T) {
	tests := []struct {
		from, to string
		fp, tp   uint16
		protocol uint8
		want     string
	}{
		{"128.232.110.120", "66.35.250.204", 34855, 80, TCP, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"66.35.250.204", "128.232.110.120", 80, 34855, TCP, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"192.168.1.52", "8.8.8.8", 54585, 53, UDP, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{"192.168.170.8", "192.168.170.56", 7, 80, SCTP, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="},
		{"192.168.0.89", "192.168.0.1", 8, 0, ICMP, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{"192.168.0.1", "192.168.0.89", 0, 0, ICMP, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{"192.168.0.89", "192.168.0.1", 20, 0, ICMP, "1:3o2RFccXzUgjl7zDpqmY7yJi8rI="},
		{"192.168.0.89", "192.168.0.1", 20, 1, ICMP, "1:tz/fHIDUHs19NkixVVoOZywde+I="},
		{"fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0, ICMP6, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
		{"fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0, ICMP6, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
		{"10.0.0.1", "::1", 1, 2, TCP, ""},
	}
	for _, tt := range tests {
		got := Of(Tuple{netip.MustParseAddr(tt.from), netip.MustParseAddr(tt.to), tt.fp, tt.tp, tt.protocol})
		if got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
	if got := Of(Tuple{Protocol: TCP}); got != "" {
		t.Errorf("no addresses: got %s", got)
	}
}
