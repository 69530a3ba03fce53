package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"spoor/internal/meta"
)

// madeSensor is a sensor that was made by AddSensor, as it is kept. The files
// that its configuration names lie in Options.Secrets.
type madeSensor struct {
	Version uint64       `json:"version"`
	Config  SensorConfig `json:"config"`
}

// SensorForm is what makes or changes a sensor.
type SensorForm struct {
	SensorConfig
	// Version is the stored one that is changed.
	Version uint64 `json:"version"`
	// Files are the texts of the files that File names. In a change, those
	// that are not given stay as they are.
	Files map[string]string `json:"files"`
}

var (
	// ErrSensorVersion says that somebody else has changed a sensor meanwhile.
	ErrSensorVersion = errors.New("the sensor was changed meanwhile")
	// ErrSensorFixed says that a sensor stands in the configuration.
	ErrSensorFixed = errors.New("the sensor stands in the configuration file: change it there")
	// ErrSensorExists says that a sensor has that id already.
	ErrSensorExists = errors.New("a sensor with this id is there already")
	// ErrTooManySensors says that no more can be made.
	ErrTooManySensors = errors.New("too many sensors")
)

var errRemoved = errors.New("the sensor was removed")

// SensorError says which member of a form is wrong, and how.
type SensorError struct {
	Field string // "" when it is not one alone
	Err   error
}

func (e *SensorError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *SensorError) Unwrap() error { return e.Err }

// AddSensor makes a sensor, keeps it and begins to ask it. Errors:
// *SensorError, ErrSensorExists, ErrTooManySensors.
func (m *Manager) AddSensor(f SensorForm) (SensorInfo, error) {
	m.edit.Lock()
	defer m.edit.Unlock()
	c, err := f.own().checked()
	if err != nil {
		return SensorInfo{}, err
	}
	m.mu.Lock()
	made := 0
	for _, q := range m.queues {
		if q.version > 0 {
			made++
		}
	}
	taken := m.queue(c.ID) != nil
	m.mu.Unlock()
	switch {
	case taken:
		return SensorInfo{}, fmt.Errorf("%w: %q", ErrSensorExists, c.ID)
	case made >= m.o.MaxSensors:
		return SensorInfo{}, fmt.Errorf("%w: %d of %d", ErrTooManySensors, made, m.o.MaxSensors)
	}
	return m.putSensor(f, c, 1)
}

// PutSensor changes a sensor that AddSensor made. Jobs that wait for it wait
// for the changed one; the one under way goes on with the old. Errors:
// *SensorError, ErrUnknownSensor, ErrSensorFixed, ErrSensorVersion.
func (m *Manager) PutSensor(id string, f SensorForm) (SensorInfo, error) {
	m.edit.Lock()
	defer m.edit.Unlock()
	old, err := m.changeable(id, f.Version)
	if err != nil {
		return SensorInfo{}, err
	}
	if f.ID != "" && f.ID != id {
		return SensorInfo{}, &SensorError{"id", fmt.Errorf("a sensor keeps its id: %q", id)}
	}
	f.ID = id
	if err := copyFiles(&f, old.Config); err != nil {
		return SensorInfo{}, err
	}
	c, err := f.own().checked()
	if err != nil {
		return SensorInfo{}, err
	}
	return m.putSensor(f, c, old.Version+1)
}

// RemoveSensor forgets a sensor that AddSensor made, and its files. What
// waits for it fails, what is under way is stopped; packets stay. Errors:
// ErrUnknownSensor, ErrSensorFixed, ErrSensorVersion.
func (m *Manager) RemoveSensor(id string, version uint64) error {
	m.edit.Lock()
	defer m.edit.Unlock()
	if _, err := m.changeable(id, version); err != nil {
		return err
	}
	err := m.made.Update(func(tx meta.Tx[madeSensor]) error { return tx.Delete(id) })
	if err != nil {
		return fmt.Errorf("forget sensor %q: %w", id, err)
	}
	m.mu.Lock()
	m.retire(id)
	m.mu.Unlock()
	if m.o.Secrets == "" {
		return nil
	}
	if err := os.RemoveAll(filepath.Join(m.o.Secrets, id)); err != nil {
		return fmt.Errorf("remove the files of sensor %q: %w", id, err)
	}
	return nil
}

// changeable returns a stored sensor of that version.
func (m *Manager) changeable(id string, version uint64) (madeSensor, error) {
	m.mu.Lock()
	q := m.queue(id)
	m.mu.Unlock()
	switch {
	case q == nil:
		return madeSensor{}, fmt.Errorf("%w %q", ErrUnknownSensor, id)
	case q.version == 0:
		return madeSensor{}, fmt.Errorf("sensor %q: %w", id, ErrSensorFixed)
	case q.version != version:
		return madeSensor{}, fmt.Errorf("sensor %q: %w: it has version %d, not %d", id, ErrSensorVersion, q.version, version)
	}
	return m.made.Get(id)
}

// SensorForm returns what a sensor was made of, and which files it has; of a
// sensor of the configuration only what is public.
func (m *Manager) SensorForm(id string) (c SensorConfig, files []string, err error) {
	m.mu.Lock()
	q := m.queue(id)
	m.mu.Unlock()
	if q == nil {
		return c, nil, fmt.Errorf("%w %q", ErrUnknownSensor, id)
	}
	if q.version == 0 {
		return q.config, nil, nil
	}
	s, err := m.made.Get(id)
	if err != nil {
		return c, nil, err
	}
	c = s.Config
	for _, name := range FileNames() {
		if file := c.File(name); *file != "" {
			files = append(files, name)
			*file = ""
		}
	}
	return c, files, nil
}

// TestSensor asks a sensor how it is, now.
func (m *Manager) TestSensor(ctx context.Context, id string) (SensorInfo, error) {
	m.mu.Lock()
	q := m.queue(id)
	m.mu.Unlock()
	if q == nil {
		return SensorInfo{}, fmt.Errorf("%w %q", ErrUnknownSensor, id)
	}
	m.look(ctx, q)
	return m.Sensor(id)
}

// TryForm asks a sensor how it is that is not made yet. An error says what is
// wrong with the form, as AddSensor would. Files that are not given are those
// of the sensor with that id, if it is changeable.
func (m *Manager) TryForm(ctx context.Context, f SensorForm) (SensorInfo, error) {
	id := f.ID
	if id == "" {
		id = Slug(f.Name)
	}
	if old, err := m.made.Get(id); err == nil {
		if err := copyFiles(&f, old.Config); err != nil {
			return SensorInfo{}, err
		}
	}
	c, err := f.own().checked()
	if err != nil {
		return SensorInfo{}, err
	}
	dir, err := os.MkdirTemp("", "spoor-sensor-")
	if err != nil {
		return SensorInfo{}, fmt.Errorf("make a folder for the files of a sensor: %w", err)
	}
	defer os.RemoveAll(dir)
	s, err := openForm(f, c, dir)
	if err != nil {
		return SensorInfo{}, err
	}
	q := newQueue(s, 0)
	short, end := context.WithTimeout(ctx, healthTimeout)
	defer end()
	h, err := s.Health(short)
	now := time.Now()
	w := &q.watch
	w.checked, w.since, w.last = now, now, look{Health: h, at: now, ok: err == nil}
	if err != nil {
		w.err = shortened(err.Error())
	}
	return q.info(now), nil
}

// own is the configuration of a form without names of files: a page must not
// make the server read what it likes.
func (f SensorForm) own() SensorConfig {
	c := f.SensorConfig
	for _, name := range FileNames() {
		*c.File(name) = ""
		if _, ok := f.Files[name]; ok {
			*c.File(name) = "uploaded " + name
		}
	}
	return c
}

// maxFileText bounds an uploaded file, in bytes.
const maxFileText = 256 << 10

// openForm writes the files of a form into dir and opens the sensor. c is the
// form's configuration, with the files that stay.
func openForm(f SensorForm, c SensorConfig, dir string) (Sensor, error) {
	for name, text := range f.Files {
		file := c.File(name)
		switch {
		case file == nil:
			return nil, &SensorError{"files", fmt.Errorf("file %q is none of: %s", name, strings.Join(FileNames(), ", "))}
		case len(text) > maxFileText:
			return nil, &SensorError{name, fmt.Errorf("%s has %d bytes, at most %d are allowed", name, len(text), maxFileText)}
		}
		*file = filepath.Join(dir, name+".pem")
		if err := os.WriteFile(*file, []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("write the %s of sensor %q: %w", name, c.ID, err)
		}
	}
	s, err := Open(c)
	if err != nil {
		// Where the files lie is nobody's business who fills in a form.
		text := err.Error()
		for _, name := range FileNames() {
			if path := *c.File(name); path != "" {
				text = strings.ReplaceAll(text, path, "the uploaded "+name)
			}
		}
		return nil, &SensorError{fieldOf(text), errors.New(text)}
	}
	return s, nil
}

// fieldOf guesses the member that an error of Open is about by its beginning
// behind the sensor's name.
func fieldOf(text string) string {
	_, rest, ok := strings.Cut(text, "\": ")
	if !ok {
		rest = text
	}
	word := strings.TrimPrefix(rest, "its ")
	word, _, _ = strings.Cut(word, " ")
	word = strings.TrimSuffix(word, ":")
	fields := append(FileNames(), "id", "name", "kind", "url", "tag", "pin", "servername", "fileage", "queries", "interface", "dir", "state")
	if slices.Contains(fields, word) {
		return word
	}
	return ""
}

// checked is Normal with a *SensorError.
func (c SensorConfig) checked() (SensorConfig, error) {
	if c.Kind == KindFolder {
		return c, &SensorError{"kind", errors.New("a folder can be named in the configuration only: a page must not make the server read what it likes")}
	}
	n, err := c.Normal()
	if err != nil {
		return n, &SensorError{fieldOf(err.Error()), err}
	}
	return n, nil
}

// putSensor opens a sensor of a form, keeps it and puts it in place. m.edit
// is held.
func (m *Manager) putSensor(f SensorForm, c SensorConfig, version uint64) (SensorInfo, error) {
	dir := ""
	if len(f.Files) > 0 {
		if m.o.Secrets == "" {
			return SensorInfo{}, &SensorError{"files", errors.New("this server keeps no files of sensors")}
		}
		// A folder of its own for every version: what is open stays whole.
		dir = filepath.Join(m.o.Secrets, c.ID, fmt.Sprint(version))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return SensorInfo{}, fmt.Errorf("make the folder of sensor %q: %w", c.ID, err)
		}
	}
	s, err := openForm(f, c, dir)
	if err == nil {
		err = m.made.Put(c.ID, madeSensor{Version: version, Config: s.Config()})
	}
	if err != nil {
		if dir != "" {
			os.RemoveAll(dir)
		}
		return SensorInfo{}, err
	}
	if version > 1 && m.o.Secrets != "" {
		os.RemoveAll(filepath.Join(m.o.Secrets, c.ID, fmt.Sprint(version-1)))
	}
	q := newQueue(s, version)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.place(q)
	return q.info(time.Now()), nil
}

// copyFiles takes the texts of old's files where the form has none.
func copyFiles(f *SensorForm, old SensorConfig) error {
	files := make(map[string]string)
	for _, name := range FileNames() {
		text, given := f.Files[name]
		if path := *old.File(name); !given && path != "" {
			b, err := os.ReadFile(path)
			if err != nil {
				return fmt.Errorf("read the %s of sensor %q: %w", name, old.ID, err)
			}
			text, given = string(b), true
		}
		if given {
			files[name] = text
		}
	}
	for name, text := range f.Files {
		files[name] = text
	}
	f.Files = files
	return nil
}

// place puts a queue in the place of one with its id, or at the end. m.mu is
// held.
func (m *Manager) place(q *queue) {
	i := slices.IndexFunc(m.queues, func(o *queue) bool { return o.config.ID == q.config.ID })
	if i < 0 {
		m.queues = append(m.queues, q)
	} else {
		old := m.queues[i]
		q.waiting, q.last, q.turns = old.waiting, old.last, old.turns
		q.watch.watchRecord = old.watch.watchRecord
		old.waiting, old.gone = nil, true
		if old.stop != nil {
			old.stop()
		}
		m.queues[i] = q
	}
	if m.launch != nil {
		m.launch(q)
		for range q.slots() {
			q.nudge()
		}
	}
	m.senSubs.changed(q.config.ID)
}

// retire takes a queue away. m.mu is held.
func (m *Manager) retire(id string) {
	q := m.queue(id)
	m.queues = slices.DeleteFunc(m.queues, func(o *queue) bool { return o == q })
	q.gone = true
	if q.stop != nil {
		q.stop()
	}
	for _, w := range q.waiting {
		j := m.known[w]
		j.part(id).fail(errRemoved, time.Now())
		m.keepOrLog(j)
	}
	q.waiting = nil
	for _, a := range q.asked {
		if end := m.known[a].cancel[id]; end != nil {
			end(errRemoved)
		}
	}
	m.senSubs.changed(id)
}

// loadSensors opens the sensors that AddSensor made. One that can't be opened
// stays, and says why when it is asked.
func (m *Manager) loadSensors() error {
	all, err := m.made.All()
	if err != nil {
		return err
	}
	for _, r := range all {
		if m.queue(r.Config.ID) != nil {
			m.log.Warn("sensor stands in the configuration too, which is used", "sensor", r.Config.ID)
			continue
		}
		s, err := Open(r.Config)
		if err != nil {
			m.log.Error("sensor can't be opened", "sensor", r.Config.ID, "err", err)
			s = brokenSensor{r.Config, err}
		}
		m.queues = append(m.queues, newQueue(s, r.Version))
	}
	for _, q := range m.queues {
		if err := m.loadWatch(q); err != nil {
			return err
		}
	}
	return nil
}
