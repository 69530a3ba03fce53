package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Job is a fleet job as far as a shell shows it.
type Job struct {
	ID      uint64      `json:"id"`
	Source  uint32      `json:"source"`
	Name    string      `json:"name"`
	Query   string      `json:"query"`
	Who     string      `json:"who"`
	Reason  string      `json:"reason"`
	State   string      `json:"state"`
	Verdict string      `json:"verdict"`
	Doubt   string      `json:"doubt"`
	Created time.Time   `json:"created"`
	Ended   time.Time   `json:"ended"`
	Packets int64       `json:"packets"`
	Bytes   int64       `json:"bytes"`
	Sensors []JobSensor `json:"sensors"`
	Copies  []Copies    `json:"copies"`
	// JSON is all of it.
	JSON json.RawMessage `json:"-"`
}

// Over says whether nothing more will come without a retry.
func (j Job) Over() bool {
	return j.State == "done" || j.State == "failed" || j.State == "cancelled"
}

// JobSensor is one sensor's part of a job.
type JobSensor struct {
	Sensor  string `json:"sensor"`
	State   string `json:"state"`
	Error   string `json:"error"`
	Packets int64  `json:"packets"`
	Bytes   int64  `json:"bytes"`
	Rate    int64  `json:"rate"`
	Verdict string `json:"verdict"`
	Doubt   string `json:"doubt"`
	Note    string `json:"note"`
}

// Copies says what two sensors of a job both saw.
type Copies struct {
	A       string        `json:"a"`
	B       string        `json:"b"`
	Packets int64         `json:"packets"`
	Exact   bool          `json:"exact"`
	Clock   time.Duration `json:"clock_ns"`
}

// JobForm asks for a job. Zero members are the server's defaults.
type JobForm struct {
	Query      string   `json:"query,omitempty"`
	From       string   `json:"from,omitempty"` // RFC 3339
	To         string   `json:"to,omitempty"`
	Source     uint32   `json:"source,omitempty"`
	Name       string   `json:"name,omitempty"`
	Sensors    []string `json:"sensors,omitempty"`
	Who        string   `json:"who,omitempty"`
	Reason     string   `json:"reason,omitempty"`
	MaxPackets int64    `json:"max_packets,omitempty"`
	MaxBytes   int64    `json:"max_bytes,omitempty"`
	MaxSeconds int64    `json:"max_seconds,omitempty"`
	Snap       int      `json:"snap,omitempty"`
	Reuse      bool     `json:"reuse,omitempty"`
	Again      bool     `json:"again,omitempty"`
}

// Sensor is a sensor as far as a shell shows it.
type Sensor struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	URL    string `json:"url"`
	Health struct {
		State string `json:"state"`
		Text  string `json:"text"`
		Error string `json:"error"`
	} `json:"health"`
	Coverage *struct {
		Oldest time.Time `json:"oldest"`
		Newest time.Time `json:"newest"`
		Live   bool      `json:"live"`
	} `json:"coverage"`
	Running int             `json:"running"`
	Waiting int             `json:"waiting"`
	JSON    json.RawMessage `json:"-"`
}

// Tested is what came of a test of a sensor.
type Tested struct {
	OK      bool    `json:"ok"`
	TookMS  float64 `json:"took_ms"`
	Message string  `json:"message"`
}

// Preview says what a job would ask, and what it may cost.
type Preview struct {
	Query   string `json:"query"`
	Packets int64  `json:"packets"`
	Bytes   int64  `json:"bytes"`
	Basis   string `json:"basis"`
	SameJob *Job   `json:"same_job"`
	Sensors []struct {
		Sensor  string   `json:"sensor"`
		Sent    string   `json:"sent"`
		CutHere []string `json:"cut_here"`
		Error   string   `json:"error"`
		Has     string   `json:"has"`
		Text    string   `json:"text"`
	} `json:"sensors"`
	JSON json.RawMessage `json:"-"`
}

// FindJobs says which jobs are wanted. Zero members want all.
type FindJobs struct {
	Words, State string
	Before       uint64
	Limit        int
}

// Jobs returns a page of jobs, newest first, and what comes before it; 0 is
// nothing.
func (c *Client) Jobs(ctx context.Context, f FindJobs) (jobs []Job, next uint64, err error) {
	values := map[string]string{"q": f.Words, "state": f.State}
	if f.Before > 0 {
		values["before"] = strconv.FormatUint(f.Before, 10)
	}
	if f.Limit > 0 {
		values["limit"] = strconv.Itoa(f.Limit)
	}
	var page struct {
		Jobs []json.RawMessage `json:"jobs"`
		Next uint64            `json:"next"`
	}
	if _, err := c.json(ctx, http.MethodGet, "jobs", values, nil, &page); err != nil {
		return nil, 0, err
	}
	for _, raw := range page.Jobs {
		j := Job{JSON: raw}
		if err := json.Unmarshal(raw, &j); err != nil {
			return nil, 0, fmt.Errorf("read job: %w", err)
		}
		jobs = append(jobs, j)
	}
	return jobs, page.Next, nil
}

// Submit asks for a job. An *Error of status 409 may be about an equal job.
func (c *Client) Submit(ctx context.Context, f JobForm) (Job, error) {
	return c.job(ctx, http.MethodPost, "jobs", f)
}

// Job returns a job.
func (c *Client) Job(ctx context.Context, id uint64) (Job, error) {
	return c.job(ctx, http.MethodGet, fmt.Sprintf("jobs/%d", id), nil)
}

// Cancel stops a job.
func (c *Client) Cancel(ctx context.Context, id uint64) (Job, error) {
	return c.job(ctx, http.MethodPost, fmt.Sprintf("jobs/%d/cancel", id), struct{}{})
}

// Retry asks the failed and cancelled sensors of a job again.
func (c *Client) Retry(ctx context.Context, id uint64) (Job, error) {
	return c.job(ctx, http.MethodPost, fmt.Sprintf("jobs/%d/retry", id), struct{}{})
}

func (c *Client) job(ctx context.Context, method, path string, body any) (j Job, err error) {
	j.JSON, err = c.json(ctx, method, path, nil, body, &j)
	return j, err
}

// Preview says what a form would come to.
func (c *Client) Preview(ctx context.Context, f JobForm) (p Preview, err error) {
	p.JSON, err = c.json(ctx, http.MethodPost, "jobs/preview", nil, f, &p)
	return p, err
}

// Sensors returns all sensors.
func (c *Client) Sensors(ctx context.Context) ([]Sensor, error) {
	var list struct {
		Sensors []json.RawMessage `json:"sensors"`
	}
	if _, err := c.json(ctx, http.MethodGet, "sensors", nil, nil, &list); err != nil {
		return nil, err
	}
	var all []Sensor
	for _, raw := range list.Sensors {
		s := Sensor{JSON: raw}
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, fmt.Errorf("read sensor: %w", err)
		}
		all = append(all, s)
	}
	return all, nil
}

// TestSensor asks a sensor how it is.
func (c *Client) TestSensor(ctx context.Context, id string) (t Tested, err error) {
	_, err = c.json(ctx, http.MethodPost, "sensors/"+url.PathEscape(id)+"/test", nil, struct{}{}, &t)
	return t, err
}

// maxAnswer bounds an answer that is read as a whole.
const maxAnswer = 64 << 20

// json sends a request with a JSON body, or none, and reads a JSON answer.
func (c *Client) json(ctx context.Context, method, path string, values map[string]string, body, into any) (json.RawMessage, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	req, err := c.request(ctx, method, path, values, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.send(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		query := ""
		if f, ok := body.(JobForm); ok {
			query = f.Query
		}
		return nil, refusal(resp, query, readFailure(resp))
	}
	raw, err := readAll(resp.Body, maxAnswer)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return raw, nil
}

// readAll reads r to its end, which must come within most bytes.
func readAll(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("it has more than %d bytes", most)
	}
	return b, err
}
