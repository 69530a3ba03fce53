package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"spoor/internal/client"
)

// FleetCmd does from the shell what the page of the fleet does.
type FleetCmd struct {
	Jobs    FleetJobsCmd    `cmd:"" help:"List jobs, newest first."`
	Run     FleetRunCmd     `cmd:"" help:"Fetch packets and wait until they are here."`
	Sensors FleetSensorsCmd `cmd:"" help:"List the sensors and what they have."`
}

// FleetJobsCmd lists jobs.
type FleetJobsCmd struct {
	Connection `embed:""`

	State  string   `help:"Only jobs in this state: active, look (needs one), queued, running, done, failed, cancelled." placeholder:"STATE"`
	Before uint64   `help:"Only jobs with a lower number." placeholder:"N"`
	Limit  int      `help:"Most jobs to print; ${default} if not said." default:"20" placeholder:"N"`
	Format string   `help:"text prints a table; json prints an object a line." enum:"text,json" default:"text"`
	Words  []string `arg:"" optional:"" help:"Words that stand somewhere in a job: filter, name, reason, person, sensor, src:N."`
}

// Run prints the jobs.
func (c *FleetJobsCmd) Run(ctx context.Context, o output) error {
	from, err := c.client()
	if err != nil {
		return err
	}
	jobs, next, err := from.Jobs(ctx, client.FindJobs{
		Words: strings.Join(c.Words, " "), State: c.State, Before: c.Before, Limit: c.Limit,
	})
	if err != nil {
		return err
	}
	if c.Format == "json" {
		for _, j := range jobs {
			if _, err := fmt.Fprintf(o.out, "%s\n", j.JSON); err != nil {
				return err
			}
		}
		return nil
	}
	w := table(o.out)
	fmt.Fprintln(w, "JOB\tSOURCE\tSTATE\tPACKETS\tBYTES\tWHO\tCREATED\tFILTER")
	for _, j := range jobs {
		fmt.Fprintf(w, "%d\t%d\t%s\t%d\t%d\t%s\t%s\t%s\n", j.ID, j.Source, stateText(j), j.Packets, j.Bytes,
			printable(j.Who), j.Created.UTC().Format("2006-01-02 15:04:05"), printable(j.Query))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if next > 0 {
		fmt.Fprintf(o.err, "there are more: --before %d\n", next)
	}
	return nil
}

// stateText is a job's state, and its verdict where it has ended.
func stateText(j client.Job) string {
	if j.Verdict != "" {
		return j.State + ", " + j.Verdict
	}
	return j.State
}

// table writes columns that are divided by tabs one below the other.
func table(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 4, 2, ' ', 0) }

// FleetRunCmd submits a job.
type FleetRunCmd struct {
	Connection `embed:""`

	From       string        `help:"Packets of this time on (RFC 3339)." placeholder:"TIME"`
	To         string        `help:"Packets before this time." placeholder:"TIME"`
	On         []string      `help:"Ask this sensor; may be repeated. All by default." placeholder:"SENSOR"`
	Source     uint32        `help:"Source number of the packets; one is handed out by default." placeholder:"N"`
	Reuse      bool          `help:"Add to a source number that is in use."`
	Name       string        `help:"Name of the job."`
	Reason     string        `help:"Why the packets are fetched."`
	Who        string        `help:"Who fetches them; by default the user's name." placeholder:"NAME"`
	MaxPackets int64         `help:"Most packets of a sensor." placeholder:"N"`
	MaxBytes   int64         `help:"Most bytes of a sensor." placeholder:"N"`
	MaxTime    time.Duration `help:"Longest that a sensor's answer, or its capture, may take." placeholder:"DURATION"`
	Snap       int           `help:"Bytes of a packet that a sensor captures which captures from now on; 0 is all." placeholder:"N"`
	Again      bool          `help:"Ask though an equal job was just run."`
	Preview    bool          `help:"Only print what would be asked, who has it and what it may cost."`
	Detach     bool          `help:"Print the job's number and do not wait."`
	Format     string        `help:"text, or json for the whole job." enum:"text,json" default:"text"`
	Filter     []string      `arg:"" optional:"" help:"Filter, such as host 8.8.8.8 and port 53; several words are joined by spaces."`
}

// pollJob is how often a job is looked at.
const pollJob = 300 * time.Millisecond

// Run submits the job and waits for its end. An interrupt cancels it. A job
// that brought nothing because all its sensors failed exits with 1.
func (c *FleetRunCmd) Run(ctx context.Context, o output) error {
	to, err := c.client()
	if err != nil {
		return err
	}
	form := c.form()
	if c.Preview {
		return c.preview(ctx, o, to, form)
	}
	j, err := to.Submit(ctx, form)
	if err != nil {
		return err
	}
	if c.Detach {
		_, err := fmt.Fprintln(o.out, j.ID)
		return err
	}
	fmt.Fprintf(o.err, "job %d, source %d: %s\n", j.ID, j.Source, printable(j.Query))
	if j, err = c.wait(ctx, o, to, j); err != nil {
		return err
	}
	if c.Format == "json" {
		_, err = fmt.Fprintf(o.out, "%s\n", j.JSON)
	} else {
		err = printJob(o.out, j)
	}
	if err == nil && j.State != "done" {
		return exitCode(1)
	}
	return err
}

func (c *FleetRunCmd) form() client.JobForm {
	who := c.Who
	if u, err := user.Current(); who == "" && err == nil {
		who = u.Username
	}
	return client.JobForm{
		Query: strings.Join(c.Filter, " "), From: c.From, To: c.To, Sensors: c.On, Source: c.Source, Reuse: c.Reuse,
		Name: c.Name, Reason: c.Reason, Who: who, MaxPackets: c.MaxPackets, MaxBytes: c.MaxBytes,
		MaxSeconds: int64((c.MaxTime + time.Second - 1) / time.Second), Snap: c.Snap, Again: c.Again,
	}
}

// wait looks at a job until it has ended, and cancels it when ctx ends.
func (c *FleetRunCmd) wait(ctx context.Context, o output, to *client.Client, j client.Job) (client.Job, error) {
	said := ""
	for !j.Over() {
		if now := progress(j); now != said && c.Format == "text" {
			said = now
			fmt.Fprintln(o.err, now)
		}
		select {
		case <-time.After(pollJob):
		case <-ctx.Done():
			work, end := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer end()
			if _, err := to.Cancel(work, j.ID); err != nil {
				return j, errors.Join(ctx.Err(), fmt.Errorf("job %d goes on: %w", j.ID, err))
			}
			return j, fmt.Errorf("job %d is cancelled; what arrived is kept under source %d", j.ID, j.Source)
		}
		next, err := to.Job(ctx, j.ID)
		switch {
		case ctx.Err() != nil: // said above
		case err != nil:
			return j, err
		default:
			j = next
		}
	}
	return j, nil
}

// progress is a job's sensors with their states in one line.
func progress(j client.Job) string {
	var parts []string
	for _, s := range j.Sensors {
		parts = append(parts, fmt.Sprintf("%s %s, %d packets", s.Sensor, s.State, s.Packets))
	}
	return strings.Join(parts, "; ")
}

// printJob prints what came of a job.
func printJob(out io.Writer, j client.Job) error {
	w := table(out)
	fmt.Fprintln(w, "SENSOR\tSTATE\tPACKETS\tBYTES\tREMARKS")
	for _, s := range j.Sensors {
		state := s.State
		if s.Verdict != "" {
			state = s.Verdict
		}
		var remarks []string
		for _, text := range []string{s.Error, s.Doubt, s.Note} {
			if text != "" {
				remarks = append(remarks, printable(text))
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\n", s.Sensor, state, s.Packets, s.Bytes, strings.Join(remarks, "; "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, c := range j.Copies {
		about := ""
		if !c.Exact {
			about = "about "
		}
		fmt.Fprintf(out, "%s and %s both saw %s%d packets; the clock of %s is %s ahead\n", c.A, c.B, about, c.Packets, c.B, c.Clock)
	}
	_, err := fmt.Fprintf(out, "job %d: %s, %d packets, %d bytes: spoor search src:%d\n", j.ID, stateText(j), j.Packets, j.Bytes, j.Source)
	return err
}

// preview prints what would be asked.
func (c *FleetRunCmd) preview(ctx context.Context, o output, to *client.Client, form client.JobForm) error {
	p, err := to.Preview(ctx, form)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		_, err := fmt.Fprintf(o.out, "%s\n", p.JSON)
		return err
	}
	fmt.Fprintln(o.out, printable(p.Query))
	w := table(o.out)
	fmt.Fprintln(w, "SENSOR\tHAS\tASKED\tCUT HERE")
	for _, s := range p.Sensors {
		asked := s.Sent
		if s.Error != "" {
			asked = s.Error
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Sensor, printable(s.Text), printable(asked), printable(strings.Join(s.CutHere, ", ")))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if p.Packets > 0 {
		fmt.Fprintf(o.out, "about %d packets, %d bytes, %s\n", p.Packets, p.Bytes, p.Basis)
	}
	if p.SameJob != nil {
		fmt.Fprintf(o.out, "job %d has just these packets: spoor search src:%d\n", p.SameJob.ID, p.SameJob.Source)
	}
	return nil
}

// FleetSensorsCmd lists sensors.
type FleetSensorsCmd struct {
	Connection `embed:""`

	Test   bool   `help:"Ask each of them now; exit with 1 when one does not answer."`
	Format string `help:"text prints a table; json prints an object a line." enum:"text,json" default:"text"`
}

// Run prints the sensors.
func (c *FleetSensorsCmd) Run(ctx context.Context, o output) error {
	from, err := c.client()
	if err != nil {
		return err
	}
	all, err := from.Sensors(ctx)
	if err != nil {
		return err
	}
	w := table(o.out)
	bad := false
	if c.Format == "text" {
		fmt.Fprintln(w, "SENSOR\tNAME\tKIND\tHEALTH\tOLDEST\tREMARKS")
	}
	for _, s := range all {
		health, remarks := s.Health.Text, s.Health.Error
		if c.Test {
			t, err := from.TestSensor(ctx, s.ID)
			if err != nil {
				return err
			}
			remarks, bad = t.Message, bad || !t.OK
			if !t.OK {
				health = "no answer"
			}
		}
		if c.Format == "json" {
			if _, err := fmt.Fprintf(o.out, "%s\n", s.JSON); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, printable(s.Name), s.Kind, printable(health), oldest(s), printable(remarks))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if bad {
		return exitCode(1)
	}
	return nil
}

// oldest is where a sensor's coverage begins.
func oldest(s client.Sensor) string {
	switch {
	case s.Coverage == nil:
		return "?"
	case s.Coverage.Live:
		return "captures from now on"
	case s.Coverage.Oldest.IsZero():
		return "?"
	}
	return s.Coverage.Oldest.UTC().Format("2006-01-02 15:04:05")
}
