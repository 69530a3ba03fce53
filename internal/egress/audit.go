package egress

import (
	"fmt"
	"time"
	"unicode/utf8"

	"spoor/internal/meta"
)

// Outcome is how something ended that was to leave.
type Outcome string

const (
	// Opened: the page was told to open the address.
	Opened Outcome = "opened"
	// Sending: a request is under way, or the process ended meanwhile.
	Sending Outcome = "sending"
	// Sent: there is an answer, whatever its status.
	Sent Outcome = "sent"
	// Refused: it did not leave.
	Refused Outcome = "refused"
	// Failed: it left, or tried to, and there is no answer.
	Failed Outcome = "failed"
)

// Event is an entry of the log.
type Event struct {
	N    uint64    `json:"n"`
	Time time.Time `json:"time"`
	// Actionable and Action say what it was, Kind of what kind.
	Actionable string `json:"actionable"`
	Action     string `json:"action"`
	Kind       string `json:"kind"`
	Host       string `json:"host"`
	URL        string `json:"url"`
	// Value is what was clicked, Entry the line's ID.
	Value   string  `json:"value"`
	Entry   string  `json:"entry,omitempty"`
	Outcome Outcome `json:"outcome"`
	// Status is that of the answer.
	Status int     `json:"status,omitempty"`
	Reason string  `json:"reason,omitempty"`
	TookMS float64 `json:"took_ms,omitempty"`
}

// Bounds of the texts of an event, in bytes.
const (
	maxEventURL  = 2 << 10
	maxEventText = 512
)

// Record writes an event into the log and returns it with its number; one
// that has a number replaces that one. On an error nothing may leave: what is
// not in the log must not have happened.
func (g *Gate) Record(e Event) (Event, error) {
	e.URL = cut(e.URL, maxEventURL)
	for _, text := range []*string{&e.Actionable, &e.Action, &e.Host, &e.Value, &e.Entry, &e.Reason} {
		*text = cut(*text, maxEventText)
	}
	err := g.audit.Update(func(tx meta.Tx[Event]) error {
		if e.N == 0 {
			n, err := tx.Next()
			if err != nil {
				return err
			}
			e.N, e.Time = n, g.now().UTC()
			if n > MaxAudit {
				if err := tx.Delete(meta.Number(n - MaxAudit)); err != nil {
					return err
				}
			}
		}
		return tx.Put(meta.Number(e.N), e)
	})
	if err != nil {
		return e, fmt.Errorf("write the audit log: %w", err)
	}
	return e, nil
}

func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// Audit returns the newest events before number before (0: all), at most limit
// of them. next is the number to go on before, or 0.
func (g *Gate) Audit(before uint64, limit int) (list []Event, next uint64, err error) {
	if list, next, err = g.audit.Newest(before, limit, nil); err != nil {
		return nil, 0, fmt.Errorf("read the audit log: %w", err)
	}
	return list, next, nil
}
