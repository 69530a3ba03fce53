package fleet

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	healthTimeout = 10 * time.Second
	maxStats      = 1 << 20 // bytes that are read of /debug/stats
)

// Health reads /debug/stats: lines of a name, a tab and a number.
// https://github.com/google/stenographer/blob/master/stats/stats.go
func (s *Stenographer) Health(ctx context.Context) (Health, error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	stats, expires, err := s.stats(ctx)
	if err != nil {
		return Health{}, err
	}
	h := Health{
		Expires: expires,
		Read:    stats["packets_read"] + stats["packets_scanned"], Asked: stats["http_request_query_POST_completed"],
	}
	if ns, ok := stats["oldest_timestamp"]; ok && ns > 0 {
		h.Oldest = time.Unix(0, ns).UTC()
	}
	if ns, ok := stats["newest_timestamp"]; ok && ns > 0 {
		h.Newest = time.Unix(0, ns).UTC()
	}
	h.Empty = s.config.Kind == KindSpoor && h.Oldest.IsZero()
	if s.config.Kind != KindSpoor {
		age, _ := s.config.fileAge() // Normal has checked it
		h.Lag = 2 * age
	}
	return h, nil
}

// stats returns what the sensor counts, and when the first of the certificates
// that were used ends.
func (s *Stenographer) stats(ctx context.Context) (map[string]int64, time.Time, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(s.url, stenoQueryPath)+"/debug/stats", nil)
	if err != nil {
		return nil, time.Time{}, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("ask sensor %s at %s: %w", s.config.ID, s.config.URL, explain(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, time.Time{}, fmt.Errorf("sensor %s answered %s: %s", s.config.ID, statusText(resp), orNothing(readSome(resp.Body)))
	}
	expires := s.expires
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		if end := resp.TLS.PeerCertificates[0].NotAfter; end.Before(expires) {
			expires = end
		}
	}
	stats := make(map[string]int64)
	lines := bufio.NewScanner(io.LimitReader(resp.Body, maxStats))
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), "\t")
		if n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); ok && err == nil {
			stats[name] = n
		}
	}
	if err := lines.Err(); err != nil {
		return nil, time.Time{}, fmt.Errorf("sensor %s: read its /debug/stats: %w", s.config.ID, explain(err))
	}
	return stats, expires, nil
}
