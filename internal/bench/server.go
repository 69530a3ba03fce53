package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a running `spoor serve` on a data folder of its own.
type server struct {
	spoor   string
	dir     string
	sealAge time.Duration
	cmd     *exec.Cmd
	base    string
	ready   time.Duration // from exec until /readyz said so
	log     *os.File
	ended   chan error
}

const startWait = time.Minute

var ask = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}

// startServer runs spoor on the data folder dir and returns when it is ready.
func startServer(ctx context.Context, spoor, dir string, sealAge time.Duration, more ...string) (*server, error) {
	log, err := os.OpenFile(dir+".stderr", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	s := &server{spoor: spoor, dir: dir, sealAge: sealAge, log: log, ended: make(chan error, 1)}
	// Not CommandContext: its kill would come before the clean stop.
	s.cmd = exec.Command(spoor, append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0", "--seal-age", sealAge.String()}, more...)...)
	s.cmd.Stderr = log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", spoor, err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	go func() { s.ended <- s.cmd.Wait() }()
	if _, base, ok := strings.Cut(strings.TrimSpace(line), "listens on "); ok {
		s.base = base
	} else {
		return nil, fmt.Errorf("%s serve says %q: %w; %s", spoor, line, errors.Join(err, <-s.ended), s.said())
	}
	for time.Since(began) < startWait && ctx.Err() == nil {
		resp, err := ask.Get(s.base + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				s.ready = time.Since(began)
				return s, nil
			}
		}
		time.Sleep(time.Millisecond)
	}
	s.kill()
	return nil, fmt.Errorf("%s serve is not ready after %s; %s", spoor, time.Since(began), s.said())
}

// said is the end of what the server wrote.
func (s *server) said() string {
	b, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-2000):])
}

// kill ends the server at once, as a crash does.
func (s *server) kill() {
	s.cmd.Process.Kill() // it may have ended already
	<-s.ended
	s.ended <- nil
	s.log.Close()
}

// stop ends the server cleanly.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		s.ended <- nil
		s.log.Close()
		if err != nil {
			return fmt.Errorf("stop: %w; %s", err, s.said())
		}
		return nil
	case <-time.After(startWait):
		return errors.New("stop: the server still runs after a minute")
	}
}

// again starts a server on the same data folder, once this one has ended.
func (s *server) again(ctx context.Context) (*server, error) {
	return startServer(ctx, s.spoor, s.dir, s.sealAge)
}

// answer is of /search, as far as it is needed here.
type answer struct {
	Total   uint64 `json:"total"`
	Exact   bool   `json:"exact"`
	Scanned struct {
		Blocks  int   `json:"blocks"`
		Skipped int   `json:"skipped"`
		Bytes   int64 `json:"bytes"`
	} `json:"scanned"`
	Entries []struct {
		Time time.Time `json:"time"`
		Raw  string    `json:"raw"`
	} `json:"entries"`
}

// get asks the server and returns how long it took until all of the answer
// was there.
func (s *server) get(ctx context.Context, path string, values url.Values, to any) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/api/v1/"+path+"?"+values.Encode(), nil)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	resp, err := ask.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s %v: %s: %s", path, values, resp.Status, b)
	}
	return took, json.Unmarshal(b, to)
}

// entries asks how many entries the store has.
func (s *server) entries(ctx context.Context) (n uint64, err error) {
	var a struct {
		Streams []struct {
			Entries uint64 `json:"entries"`
		} `json:"streams"`
	}
	_, err = s.get(ctx, "streams", nil, &a)
	for _, x := range a.Streams {
		n += x.Entries
	}
	return n, err
}

// sealed says whether every entry is in a segment with its index: then the
// store has dropped the last of its log files.
func (s *server) sealed() (bool, error) {
	left, err := filepath.Glob(filepath.Join(s.dir, "log", "*.log"))
	return len(left) == 0, err
}

// proc is what the kernel says of the process.
type proc struct {
	cpu  time.Duration // user and system
	anon int64         // bytes of anonymous resident memory
}

// tick is the unit of times in /proc/PID/stat; see sysconf(_SC_CLK_TCK), which
// is 100 wherever Go runs on Linux.
const tick = 10 * time.Millisecond

func (s *server) proc() (p proc, err error) {
	dir := filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid))
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return p, err
	}
	// The name in parentheses may hold blanks; utime and stime are the
	// 12th and 13th field behind it.
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(f) < 13 {
		return p, fmt.Errorf("%s/stat has %d fields", dir, len(f))
	}
	for _, text := range f[11:13] {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return p, err
		}
		p.cpu += time.Duration(n) * tick
	}
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return p, err
	}
	_, text, _ := strings.Cut(string(status), "RssAnon:")
	if _, err := fmt.Sscanf(text, "%d kB", &p.anon); err != nil {
		return p, fmt.Errorf("%s/status: RssAnon: %w", dir, err)
	}
	p.anon <<= 10
	return p, nil
}

// openFiles counts the descriptors of the process.
func (s *server) openFiles() (int, error) {
	found, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "fd"))
	return len(found), err
}

// size is what the segments take on disk.
type size struct {
	segments             int
	blocks, index, other int64
}

func (d size) total() int64 { return d.blocks + d.index + d.other }

func (s *server) size() (d size, err error) {
	root := filepath.Join(s.dir, "segments")
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // compaction removes what it has replaced
		}
		if err != nil || e.IsDir() {
			if filepath.Dir(path) == root {
				d.segments++
			}
			return err
		}
		info, err := e.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case e.Name() == "blocks.dat":
			d.blocks += info.Size()
		case strings.Contains(path, string(filepath.Separator)+"index"+string(filepath.Separator)):
			d.index += info.Size()
		default:
			d.other += info.Size()
		}
		return nil
	})
	return d, err
}

// call sends a request of JSON below /api/v1 and reads the answer.
func (s *server) call(ctx context.Context, method, path string, body, into any) error {
	var r io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.base+"/api/v1"+path, r)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
		return fmt.Errorf("%s %s: status %d: %s", method, path, res.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}
